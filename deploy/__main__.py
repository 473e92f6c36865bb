"""The fleet's command line; exit codes: :mod:`deploy.verdict` and :mod:`edge.contract.command_line`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from edge.contract import command_line

app = typer.Typer(
    name="emotion-deploy",
    help="Brings releases to a fleet of devices: all of a release, or nothing has changed.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    epilog="Exit codes: 0 all good, 10 some hosts failed, 11 none is good, 12 none answers, or no "
    "canary, and nothing has changed, 13 locked by somebody else, 14 some are away or were lost while they "
    "changed, and what answers is good (resume finishes a push, status tells the rest), 78 a file to "
    "correct, 130 interrupted (129 by a closed terminal, 143 by SIGTERM).",
)

InventoryOption = Annotated[Path, typer.Option("--inventory", "-i", readable=False, help="The fleet.")]
LimitOption = Annotated[
    list[str] | None,
    typer.Option("--limit", "-l", help="Only these hosts or groups; * fits anything."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
WhyOption = Annotated[str, typer.Option("--why", help="For the lock and the devices' audit log.")]
ModelOption = Annotated[bool, typer.Option("--model-only", help="Change the models alone.")]
ConfigOption = Annotated[bool, typer.Option("--config-only", help="Change the configuration alone.")]
ReleaseOption = Annotated[
    Path | None, typer.Option("--release", help="What `release` has built, instead of building.")
]
DowngradeOption = Annotated[bool, typer.Option("--allow-downgrade", help="Also to an older release.")]
RenameOption = Annotated[
    bool, typer.Option("--allow-rename", help="Also to a device that runs the release of another host.")
]
CanaryOption = Annotated[
    bool, typer.Option("--without-canary", help="Go on where no canary can take the release.")
]
_FLEET = Path("config/fleet.yaml")


@app.command()
def hosts(inventory: InventoryOption = _FLEET, as_json: JsonOption = False) -> None:
    """Check the inventory and list its devices, canaries first."""
    from rich.table import Column, Table

    from deploy.commands.report import console
    from deploy.inventory import load
    from deploy.selection import select

    listed = select(load(inventory), [])
    if as_json:
        print(json.dumps([host.shown() for host in listed], indent=2))
        return
    name, ssh_way = Column("host", no_wrap=True), Column("ssh", no_wrap=True)
    table = Table(name, ssh_way, "arch", "python", "site", "groups", "canary")
    for host in listed:
        ssh = f"{host.user}@{host.address}:{host.port}"
        groups = ", ".join(host.groups)
        table.add_row(
            host.name, ssh, host.arch, host.python, host.site or "", groups, "yes" if host.canary else ""
        )
    console(as_json=False).print(table)


@app.command()
def schema() -> None:
    """Print the JSON Schema of fleet.yaml, by which editors complete and check it."""
    from deploy.commands.schema import schema_text

    print(schema_text(), end="")


@app.command()
def init(
    inventory: InventoryOption = _FLEET,
    limit: LimitOption = None,
    accept_new: Annotated[
        bool, typer.Option("--accept-new-host-keys", help="Trust the host keys of devices not met before.")
    ] = False,
    add_signer: Annotated[
        bool,
        typer.Option("--add-signer", help="Also where a device takes the releases of others; it goes on."),
    ] = False,
    replace_signers: Annotated[
        bool, typer.Option("--replace-signers", help="The same, and it takes the releases of others no more.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Prepare devices: user, folders, agent, the key that signs releases (made if there is none)."""
    from deploy.commands.init import run_init
    from deploy.steps.trust import Others

    if add_signer and replace_signers:
        raise typer.BadParameter("--add-signer and --replace-signers exclude each other")
    others: Others = "keep" if add_signer else "replace" if replace_signers else "refuse"
    done = run_init(inventory, limit or [], accept_new=accept_new, others=others, as_json=as_json)
    raise typer.Exit(done)


@app.command()
def release(
    into: Annotated[Path, typer.Argument(help="Where to list what was built.")],
    inventory: InventoryOption = _FLEET,
    limit: LimitOption = None,
) -> None:
    """Build and sign a release for each host; for push --release, and as an inventory beside your own."""
    from deploy.commands.push import run_release

    run_release(inventory, limit or [], into)


@app.command()
def plan(
    inventory: InventoryOption = _FLEET,
    limit: LimitOption = None,
    model_only: ModelOption = False,
    config_only: ConfigOption = False,
    release: ReleaseOption = None,
    allow_downgrade: DowngradeOption = False,
    allow_rename: RenameOption = False,
    as_json: JsonOption = False,
) -> None:
    """Say what a push would change at each host; changes nothing. The same as push --dry-run."""
    allowed = (allow_downgrade, allow_rename, False)
    _push(inventory, limit, model_only, config_only, release, "plan", *allowed, True, as_json)


@app.command()
def push(
    inventory: InventoryOption = _FLEET,
    limit: LimitOption = None,
    model_only: ModelOption = False,
    config_only: ConfigOption = False,
    release: ReleaseOption = None,
    why: WhyOption = "push",
    allow_downgrade: DowngradeOption = False,
    allow_rename: RenameOption = False,
    without_canary: CanaryOption = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing: plan.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Bring a release to the hosts: canaries first, then batch after batch; what is not good rolls back."""
    allowed = (allow_downgrade, allow_rename, without_canary)
    _push(inventory, limit, model_only, config_only, release, why, *allowed, dry_run, as_json)


def _push(
    inventory: Path,
    limit: list[str] | None,
    model_only: bool,
    config_only: bool,
    release: Path | None,
    why: str,
    allow_downgrade: bool,
    allow_rename: bool,
    without_canary: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    from deploy.commands.push import run_push
    from deploy.release.build import Only

    if model_only + config_only + (release is not None) > 1:
        raise typer.BadParameter("--model-only, --config-only and --release exclude each other")
    only: Only | None = "model" if model_only else "configuration" if config_only else None
    raise typer.Exit(
        run_push(
            inventory,
            limit or [],
            only=only,
            built=release,
            why=why,
            allow_downgrade=allow_downgrade,
            allow_rename=allow_rename,
            without_canary=without_canary,
            check=dry_run,
            as_json=as_json,
        )
    )


@app.command()
def resume(
    inventory: InventoryOption = _FLEET,
    run: Annotated[str | None, typer.Option("--run", help="Which push; default: the last one.")] = None,
    without_canary: CanaryOption = False,
    as_json: JsonOption = False,
) -> None:
    """Finish a push: hosts that were offline, or whose turn had not come when it was interrupted."""
    from deploy.commands.push import run_resume

    raise typer.Exit(run_resume(inventory, run, without_canary=without_canary, as_json=as_json))


@app.command()
def status(
    inventory: InventoryOption = _FLEET, limit: LimitOption = None, as_json: JsonOption = False
) -> None:
    """Say what each host runs, and how it is."""
    from deploy.commands.care import run_care

    raise typer.Exit(run_care("status", inventory, limit or [], as_json=as_json))


@app.command()
def rollback(
    inventory: InventoryOption = _FLEET,
    limit: LimitOption = None,
    to: Annotated[str, typer.Option("--to", help="Id of a release there; default: the one before.")] = "",
    why: WhyOption = "rollback",
    as_json: JsonOption = False,
) -> None:
    """Let an earlier release run again, on all chosen hosts at once."""
    from deploy.commands.care import run_care

    flags = {"emotion_edge_rollback_to": to}
    done = run_care("rollback", inventory, limit or [], why=why, flags=flags, as_json=as_json)
    raise typer.Exit(done)


@app.command()
def prune(
    inventory: InventoryOption = _FLEET, limit: LimitOption = None, as_json: JsonOption = False
) -> None:
    """Remove old releases from devices, as rollout in the inventory says."""
    from deploy.commands.care import run_care

    raise typer.Exit(run_care("prune", inventory, limit or [], as_json=as_json))


@app.command()
def logs(
    host: Annotated[str, typer.Argument(help="Its name in the inventory.")],
    inventory: InventoryOption = _FLEET,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="How many of the last.")] = 100,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as they are written.")] = False,
) -> None:
    """Show the log of the daemon on a host."""
    from deploy.commands.logs import run_logs

    raise typer.Exit(run_logs(inventory, host, lines, follow=follow))


def main() -> None:
    """Run the command line."""
    command_line.run(app)


if __name__ == "__main__":
    main()

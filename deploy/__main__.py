"""The fleet's command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from edge.contract import command_line

app = typer.Typer(
    name="emotion-deploy",
    help="The fleet: so far its inventory; releases and rollouts are being built.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def _root() -> None:
    """Keep ``hosts`` a command of its own while it is the only one."""


@app.command()
def hosts(
    inventory: Annotated[Path, typer.Option("--inventory", "-i", help="The fleet.")] = Path("fleet.yaml"),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Check the inventory and list its devices, canaries first."""
    from rich.console import Console
    from rich.table import Table

    from deploy.inventory import load

    listed = sorted(load(inventory).hosts, key=lambda host: not host.canary)
    if as_json:
        print(json.dumps([host.model_dump() for host in listed], indent=2))
        return
    table = Table("host", "ssh", "arch", "python", "site", "canary")
    for host in listed:
        ssh = f"{host.user}@{host.address}:{host.port}"
        table.add_row(host.name, ssh, host.arch, host.python, host.site, "yes" if host.canary else "")
    Console().print(table)


def main() -> None:
    """Run the command line."""
    command_line.run(app)


if __name__ == "__main__":
    main()

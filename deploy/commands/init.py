"""``init``: a key to sign with, first contact with each device, and what releases need on it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from deploy import fleet_run, places, run_record, signing_key
from deploy.building import agent_file
from deploy.commands.report import console, report
from deploy.device import DeviceError
from deploy.fleet_run import Ended, Site
from deploy.inventory import Host, Inventory, load
from deploy.journal import Outcome
from deploy.row import Row
from deploy.run_record import PlannedHost, RunRecord
from deploy.selection import select
from deploy.ssh import host_keys, jump_host
from deploy.ssh.host_keys import OfferedKey
from deploy.steps.trust import Others
from deploy.verdict import Exit
from edge.errors import EmotionEdgeError


def run_init(
    inventory_file: Path, limit: Sequence[str], *, accept_new: bool, others: Others = "refuse", as_json: bool
) -> Exit:
    """Prepare the chosen devices; running it again changes nothing that is right."""
    inventory = load(inventory_file)
    hosts = select(inventory, limit)
    screen = console(as_json=as_json)
    key = inventory.signing_key or places.signing_key()
    if signing_key.ensure(key):
        said = f"made {key}: whoever has it can put software on these devices; keep a copy in a safe place"
        screen.print(said, soft_wrap=True, highlight=False)
    planned = {host.name: PlannedHost(None, 1) for host in hosts}
    record = run_record.begin(places.runs(), "init", inventory_file, planned)
    host_keys.adopt(hosts, inventory)
    met = _meet(hosts, inventory, screen, accept_new=accept_new)
    known = [host for host in hosts if met[host.name] is None]
    ended = _prepare(record, inventory, known, key, others, screen) if known else Ended([], interrupted=False)
    by_name = {row.host: row for row in ended.rows}
    rows = [by_name.get(host.name) or _refused(host, met[host.name]) for host in hosts]
    told = jump_host.explained(replace(ended, rows=rows), inventory)
    return report(record, told, screen, as_json=as_json)


def _meet(
    hosts: Sequence[Host], inventory: Inventory, screen: Console, *, accept_new: bool
) -> dict[str, EmotionEdgeError | None]:
    """Why each host cannot be worked with, None where it can; new host keys are asked about one by one."""
    with ThreadPoolExecutor(max_workers=inventory.rollout.forks) as pool:
        troubles = pool.map(lambda host: host_keys.trouble(host, inventory), hosts)
        met = {host.name: trouble for host, trouble in zip(hosts, troubles, strict=True)}
        new = [host for host in hosts if _is_first_contact(met[host.name])]
        keys = list(pool.map(lambda host: _offered(host, inventory), new))
    for host, key in zip(new, keys, strict=True):
        if isinstance(key, OfferedKey):
            met[host.name] = _refusal(host, key, screen, accept_new=accept_new) or _kept(key, host, inventory)
        else:
            met[host.name] = key
    return met


def _offered(host: Host, inventory: Inventory) -> OfferedKey | EmotionEdgeError:
    """What it shows, or why it shows none any more: the others go on."""
    try:
        return host_keys.offered(host, inventory)
    except EmotionEdgeError as err:
        return err


def _is_first_contact(trouble: EmotionEdgeError | None) -> bool:
    return isinstance(trouble, DeviceError) and trouble.code == "host-key-unknown"


def _refusal(host: Host, key: OfferedKey, screen: Console, *, accept_new: bool) -> DeviceError | None:
    screen.print(f"{host.name} ({host.address}) shows:\n{key.fingerprints}", soft_wrap=True, highlight=False)
    if accept_new:
        return None
    said = "its host key was not accepted; compare it at the device"
    if not screen.is_terminal:
        said = (
            "its host key is new; compare the fingerprint, then run init with --accept-new-host-keys, or at "
            "a terminal"
        )
    elif screen.input("Is that its key? [y/N] ").strip().lower() in ("y", "yes"):
        return None
    return DeviceError("host-key-refused", said)


def _kept(key: OfferedKey, host: Host, inventory: Inventory) -> EmotionEdgeError | None:
    try:
        host_keys.accept(key, host, inventory)
    except EmotionEdgeError as err:
        return err
    return None


def _prepare(
    record: RunRecord,
    inventory: Inventory,
    hosts: Sequence[Host],
    key: Path,
    others: Others,
    screen: Console,
) -> Ended:
    signers = record.folder / "allowed_signers"
    signers.write_text(signing_key.trusted(key), encoding="utf-8")
    site = Site(places.releases(), agent_file(places.releases()))
    given = {"emotion_edge_allowed_signers": str(signers), "emotion_edge_other_signers": others}
    return fleet_run.run("init.yml", record, inventory, hosts, site, screen, variables=given)


def _refused(host: Host, trouble: EmotionEdgeError | None) -> Row:
    outcome: Outcome = "failed" if isinstance(trouble, DeviceError) else "pending"
    return Row(host.name, phase="init", outcome=outcome, reason=str(trouble))

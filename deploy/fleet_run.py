"""One run over the fleet: Ansible works, the journal tells, the board shows; locks never stay behind."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from deploy import ansible_inventory, run_lock
from deploy.ansible_run import Play, Running, watch
from deploy.board import Board
from deploy.inventory import Host, Inventory
from deploy.journal import Journal
from deploy.own_lock import explained
from deploy.row import Row, ended, fold
from deploy.run_record import RunRecord
from deploy.ssh import host_keys
from deploy.stopping import Stopping, orderly
from edge.errors import EmotionEdgeError


@dataclass(frozen=True)
class Site:
    """What a run needs to know of this machine.

    Attributes:
        store: Built releases.
        agent: The agent that goes to the devices.
    """

    store: Path
    agent: Path


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    Attributes:
        interrupted: Whether before its time.
        by: The signal that interrupted it.
    """

    rows: list[Row]
    interrupted: bool
    by: int = signal.SIGINT


def run(
    playbook: str,
    record: RunRecord,
    inventory: Inventory,
    hosts: Sequence[Host],
    site: Site,
    console: Console,
    *,
    variables: Mapping[str, Any] | None = None,
    check: bool = False,
) -> Ended:
    """Run a playbook over hosts of a run and follow it to its end, in good order also when interrupted.

    Raises:
        EmotionEdgeError: Ansible itself cannot run; or another process works on this very run.
    """
    with run_lock.held(record.folder), orderly() as stop:
        host_keys.adopt(hosts, inventory)
        plan = _play(playbook, record, inventory, hosts, site, variables or {}, check=check)
        board = _followed(plan, record, hosts, console, stop)
        by = stop.signal
        told = record.rows()
        if left := [host for host in hosts if told[host.name].locked]:
            _give_back(record, inventory, left, site)
    rows = [ended(row, interrupted=bool(by), verb=record.verb) for row in board.rows.values()]
    return Ended([explained(row, record) for row in rows], bool(by), by or signal.SIGINT)


def _followed(
    plan: Play, record: RunRecord, hosts: Sequence[Host], console: Console, stop: Stopping
) -> Board:
    journal = Journal(record.journal_folder)
    known = fold(record.new_rows(), journal.fresh())  # of earlier attempts
    board = Board({host.name: known[host.name] for host in hosts}, journal, record.why, console)
    running = Running(plan)
    try:
        with board.shown():
            watch(running, board.take, stop)
    finally:
        running.forget()
    if complaint := running.complaint:
        raise EmotionEdgeError(complaint)
    return board


def _give_back(record: RunRecord, inventory: Inventory, hosts: Sequence[Host], site: Site) -> None:
    """Hosts whose turn never came are still locked; whoever asked for the end has to wait for this."""
    plan = _play("unlock.yml", record, inventory, hosts, site, {}, check=False)
    _followed(plan, record, hosts, Console(quiet=True), Stopping())


def _play(
    playbook: str,
    record: RunRecord,
    inventory: Inventory,
    hosts: Sequence[Host],
    site: Site,
    variables: Mapping[str, Any],
    *,
    check: bool,
) -> Play:
    rollout = inventory.rollout
    manifests = {name: Path(host.manifest) for name, host in record.hosts.items() if host.manifest}
    of_all = {
        "emotion_edge_store": str(site.store),
        "emotion_edge_agent": str(site.agent),
        "emotion_edge_journal": str(record.journal_folder),
        "emotion_edge_owner": record.owner,
        "emotion_edge_why": record.why,
        "emotion_edge_lock_ttl_s": rollout.lock_ttl_s,
        "emotion_edge_lost_after_s": rollout.lost_after_s,
        "emotion_edge_soak_s": rollout.soak_s,
        "emotion_edge_keep_releases": rollout.keep_releases,
        "emotion_edge_min_free_bytes": rollout.min_free_bytes,
        **record.flags,
    }
    return Play(
        playbook,
        ansible_inventory.render(inventory, hosts, of_all, manifests),
        record.folder,
        forks=rollout.forks,
        connect_timeout_s=rollout.connect_timeout_s,
        variables=variables,
        check=check,
    )

"""One run over the fleet: Ansible works, the journal tells, the board shows; locks never stay behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from deploy import ansible_inventory, host_keys
from deploy.ansible_run import Play, Running, watch
from deploy.board import Board
from deploy.inventory import Host, Inventory
from deploy.journal import Journal
from deploy.row import Row, ended, fold
from deploy.run_record import RunRecord
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
    """How a run ended."""

    rows: list[Row]
    interrupted: bool


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
    """Run a playbook over hosts of a run and follow it to its end.

    Raises:
        EmotionEdgeError: Ansible itself cannot run.
    """
    plan = _play(playbook, record, inventory, hosts, site, variables or {}, check=check)
    journal = Journal(record.journal_folder)
    known = fold(record.new_rows(), journal.fresh())  # of earlier attempts
    board = Board({host.name: known[host.name] for host in hosts}, journal, record.why, console)
    host_keys.adopt(hosts, inventory)
    running = Running(plan)
    try:
        with board.shown():
            interrupted = watch(running, board.take)
    finally:
        running.forget()
    if complaint := running.complaint:
        raise EmotionEdgeError(complaint)
    left = [host for host in hosts if board.rows[host.name].locked]
    if left and playbook != "unlock.yml":
        _give_back(record, inventory, left, site)
    return Ended(
        [ended(row, interrupted=interrupted, verb=record.verb) for row in board.rows.values()], interrupted
    )


def _give_back(record: RunRecord, inventory: Inventory, hosts: Sequence[Host], site: Site) -> None:
    """Hosts whose turn never came are still locked."""
    run("unlock.yml", record, inventory, hosts, site, Console(quiet=True))


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

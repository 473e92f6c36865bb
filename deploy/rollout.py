"""Pushes a release over hosts, batch after batch, and finishes what an earlier push could not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from deploy import batches, fleet_run, run_lock, run_record
from deploy.fleet_run import Ended, Site
from deploy.inventory import Host, Inventory
from deploy.row import Row
from deploy.run_record import PlannedHost, RunRecord
from deploy.verdict import BROKEN, WELL, too_many_failed
from edge.errors import EmotionEdgeError


def push(
    inventory: Inventory,
    inventory_file: Path,
    hosts: Sequence[Host],
    manifests: Mapping[str, Path],
    site: Site,
    console: Console,
    *,
    runs: Path,
    why: str,
    allow_downgrade: bool = False,
    allow_rename: bool = False,
    without_canary: bool = False,
    check: bool = False,
) -> tuple[RunRecord, Ended]:
    """Bring each host its release.

    Args:
        inventory: The fleet.
        inventory_file: Where it was read.
        hosts: Canaries first.
        manifests: Of each host's signed release, by its name.
        site: Where releases and agent are.
        console: Shows it.
        runs: Folder of run records.
        why: For locks and audit logs.
        allow_downgrade: Whether an older release may replace a newer one.
        allow_rename: Whether devices may run the releases of other hosts.
        without_canary: Whether to go on where no canary can take it.
        check: Whether nothing may change; each row then has the difference in its facts.
    """
    sizes = [len(hosts)] if check else _sizes(inventory, hosts)
    flags = {
        "emotion_edge_allow_downgrade": allow_downgrade,
        "emotion_edge_allow_rename": allow_rename,
        "emotion_edge_without_canary": without_canary,
        "emotion_edge_store": str(site.store),
        "emotion_edge_agent": str(site.agent),
    }
    verb = "plan" if check else "push"
    planned = _planned(hosts, manifests, sizes)
    record = run_record.begin(runs, verb, inventory_file, planned, why=why, flags=flags)
    canaries = [] if check or without_canary else _canaries(hosts)
    return record, _roll(record, inventory, hosts, sizes, site, console, check=check, canaries=canaries)


def _planned(
    hosts: Sequence[Host], manifests: Mapping[str, Path], sizes: Sequence[int]
) -> dict[str, PlannedHost]:
    numbers = batches.number_of_each(sizes)
    return {
        host.name: PlannedHost(str(manifests[host.name]), number)
        for host, number in zip(hosts, numbers, strict=True)
    }


def resume(
    record: RunRecord,
    inventory: Inventory,
    hosts: Sequence[Host],
    site: Site,
    console: Console,
    *,
    without_canary: bool = False,
) -> Ended:
    """Finish a push: hosts that were offline, or whose turn had not come when it was interrupted.

    Args:
        record: Of the push; hosts of it that failed, as far as that was allowed, stay as they are.
        inventory: The fleet, as it is by now.
        hosts: Of the push, in its order.
        site: Where releases and agent are.
        console: Shows it.
        without_canary: Whether to go on where no canary can take it, as also the push may have said.

    Returns:
        All hosts of the push, with those that had ended before.

    Raises:
        EmotionEdgeError: It still runs. Or more hosts failed then than are allowed to: a release that does
            not hold is not pushed further.
    """
    run_lock.refuse_running(record.folder)  # what its journal tells is not how it ended
    before = record.rows()
    _refuse_failed(before, inventory)
    left = _left(before, hosts)
    if not left.hosts:
        return Ended(list(before.values()), interrupted=False)
    sizes = [*([len(left.unwatched)] if left.unwatched else []), *_sizes(inventory, left.others)]
    without = without_canary or left.tried or record.flags.get("emotion_edge_without_canary")
    canaries = [] if without else _canaries(left.hosts)
    owed = sorted(host.name for host in left.unwatched)
    finished = _roll(record, inventory, left.hosts, sizes, site, console, soak_owed=owed, canaries=canaries)
    after = {row.host: row for row in finished.rows}
    return replace(finished, rows=[after.get(name, row) for name, row in before.items()])


def _refuse_failed(before: Mapping[str, Row], inventory: Inventory) -> None:
    broken = too_many_failed(before.values(), inventory.rollout.max_fail_percentage)
    if broken:
        failed = "; ".join(f"{row.host} ({row.reason})" for row in broken)
        raise EmotionEdgeError(f"the push was stopped by failures: {failed}; put that right and push again")


@dataclass(frozen=True)
class _Left:
    """What is left of a push.

    Attributes:
        unwatched: Hosts that have it; in a batch of their own: no other gets it before they were watched.
        others: Hosts that have it not.
        tried: Whether a canary has it.
    """

    unwatched: list[Host]
    others: list[Host]
    tried: bool

    @property
    def hosts(self) -> list[Host]:
        """All of them, in order."""
        return [*self.unwatched, *self.others]


def _left(before: Mapping[str, Row], hosts: Sequence[Host]) -> _Left:
    last = max(row.batch for row in before.values())
    open_ = {name for name, row in before.items() if row.outcome not in BROKEN}
    unfinished = {name for name in open_ if before[name].outcome not in WELL}
    owed = {name for name in open_ if before[name].owes_soak(last)} if unfinished else set()
    return _Left(
        [host for host in hosts if host.name in owed],
        [host for host in hosts if host.name in unfinished - owed],
        any(before[name].outcome in WELL for name in _canaries(hosts)),
    )


def _canaries(hosts: Sequence[Host]) -> list[str]:
    return [host.name for host in hosts if host.canary]


def _sizes(inventory: Inventory, hosts: Sequence[Host]) -> list[int]:
    return batches.sizes(len(hosts), len(_canaries(hosts)), inventory.rollout.batches)


def _roll(
    record: RunRecord,
    inventory: Inventory,
    hosts: Sequence[Host],
    sizes: list[int],
    site: Site,
    console: Console,
    *,
    check: bool = False,
    soak_owed: Sequence[str] = (),
    canaries: Sequence[str] = (),
) -> Ended:
    allowed = 100 if check else inventory.rollout.max_fail_percentage
    variables = {
        "emotion_edge_batches": sizes,
        "emotion_edge_max_fail_percentage": allowed,
        "emotion_edge_soak_owed": list(soak_owed),
        "emotion_edge_canaries": list(canaries),
    }
    return fleet_run.run(
        "push.yml", record, inventory, hosts, site, console, variables=variables, check=check
    )

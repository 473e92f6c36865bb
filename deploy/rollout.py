"""Pushes a release over hosts, batch after batch, and finishes what an earlier push could not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from deploy import batches, fleet_run, run_lock, run_record
from deploy.fleet_run import Ended, Site
from deploy.inventory import Host, Inventory
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
    numbers = batches.number_of_each(sizes)
    planned = {
        host.name: PlannedHost(str(manifests[host.name]), number)
        for host, number in zip(hosts, numbers, strict=True)
    }
    flags = {
        "emotion_edge_allow_downgrade": allow_downgrade,
        "emotion_edge_allow_rename": allow_rename,
        "emotion_edge_without_canary": without_canary,
        "emotion_edge_store": str(site.store),
        "emotion_edge_agent": str(site.agent),
    }
    verb = "plan" if check else "push"
    record = run_record.begin(runs, verb, inventory_file, planned, why=why, flags=flags)
    canaries = [] if check or without_canary else _canaries(hosts)
    return record, _roll(record, inventory, hosts, sizes, site, console, check=check, canaries=canaries)


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

    Hosts that failed, as far as that was allowed, stay as they are.

    Args:
        record: Of the push.
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
    if broken := too_many_failed(before.values(), inventory.rollout.max_fail_percentage):
        failed = "; ".join(f"{row.host} ({row.reason})" for row in broken)
        raise EmotionEdgeError(f"the push was stopped by failures: {failed}; put that right and push again")
    unfinished = {name for name, row in before.items() if row.outcome not in WELL | BROKEN}
    if not any(host.name in unfinished for host in hosts):
        return Ended(list(before.values()), interrupted=False)
    last = max(row.batch for row in before.values())
    owed = {name for name, row in before.items() if row.owes_soak(last) and row.outcome not in BROKEN}
    # In a batch of their own: no other host gets it before they have been watched.
    first = [host for host in hosts if host.name in owed]
    rest = [host for host in hosts if host.name in unfinished - owed]
    sizes = [*([len(first)] if first else []), *_sizes(inventory, rest)]
    tried = any(before[name].outcome in WELL for name in _canaries(hosts))
    without = without_canary or tried or record.flags.get("emotion_edge_without_canary")
    finished = _roll(
        record,
        inventory,
        [*first, *rest],
        sizes,
        site,
        console,
        soak_owed=sorted(owed),
        canaries=[] if without else _canaries([*first, *rest]),
    )
    after = {row.host: row for row in finished.rows}
    return replace(finished, rows=[after.get(name, row) for name, row in before.items()])


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

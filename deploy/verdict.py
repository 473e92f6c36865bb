"""How a run ended, for scripts and for people (pure)."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterable
from enum import IntEnum

from deploy.journal import Outcome
from deploy.row import Row

#: What was asked for is so.
WELL: frozenset[Outcome | None] = frozenset({"good", "unchanged", "planned"})

#: It was tried, and the host does not run it.
BROKEN: frozenset[Outcome | None] = frozenset({"failed", "rolled-back"})

#: Of all hosts, before the first batch.
_LOOKING = frozenset({"queued", "preflight", "plan"})


class Exit(IntEnum):
    """Exit codes beside those of :mod:`edge.contract.command_line`.

    Attributes:
        GOOD: Every host has it.
        PARTIAL: Some hosts are good; others failed or rolled back.
        FAILED: No host is good; what failed runs what it ran before, or its line says what.
        UNREACHABLE: No host answers, or no canary; nothing has changed.
        LOCKED: Somebody else is changing these hosts; nothing has changed.
        PENDING: Every host that answers is good; ``resume`` finishes the others. Also where none is left
            that answers, but one was lost while it changed.
        HUNG_UP, INTERRUPTED, TERMINATED: By a closed terminal, Ctrl-C, SIGTERM; ``resume`` finishes it.
    """

    GOOD = 0
    PARTIAL = 10
    FAILED = 11
    UNREACHABLE = 12
    LOCKED = 13
    PENDING = 14
    HUNG_UP = 129
    INTERRUPTED = 130
    TERMINATED = 143


def exit_code(rows: Iterable[Row], *, interrupted: bool = False, by: int = signal.SIGINT) -> Exit:
    """What a script is told.

    Args:
        rows: Of the run.
        interrupted: Whether it was.
        by: Which signal.
    """
    rows = list(rows)
    count = Counter(row.outcome for row in rows)
    good = sum(count[outcome] for outcome in WELL)
    bad = sum(count[outcome] for outcome in BROKEN)
    if interrupted:
        return Exit(128 + by)
    if bad:
        return Exit.PARTIAL if good else Exit.FAILED
    if count["locked"]:
        return Exit.PARTIAL if good else Exit.LOCKED
    if count["pending"] + count["stopped"]:
        return Exit.PENDING if good or any(row.in_doubt for row in rows) else Exit.UNREACHABLE
    return Exit.GOOD


def too_many_failed(rows: Iterable[Row], allowed_percentage: float) -> list[Row]:
    """The failures that stopped a rollout, counted as Ansible does; empty where they were allowed (pure).

    Args:
        rows: Of the whole run.
        allowed_percentage: Of all hosts before any is changed, of each batch from then on.
    """
    rows = list(rows)
    broken = [row for row in rows if row.outcome in BROKEN]
    early = [row for row in broken if row.phase in _LOOKING]
    stages = [(early, len(rows))]
    for batch, size in sorted(Counter(row.batch for row in rows).items()):
        stages.append(([row for row in broken if row.batch == batch and row not in early], size))
    return [row for failed, size in stages if len(failed) * 100 > allowed_percentage * size for row in failed]


def sentences(rows: Iterable[Row]) -> list[str]:
    """The count of each outcome, then why for each host that has not got it."""
    rows = list(rows)
    count = Counter(row.outcome or "queued" for row in rows)
    lines = [", ".join(f"{number} {outcome}" for outcome, number in sorted(count.items()))]
    for row in rows:
        if row.outcome not in WELL:
            lines.append(f"{row.host}: {row.outcome} at {row.phase}: {row.reason}")
        lines += [f"{row.host}: warning: {said}" for said in row.facts.get("warnings", ())]
    return lines

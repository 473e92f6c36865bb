"""How a command ends: the reason for everything that is not good, then the exit code."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console

from deploy.fleet_run import Ended
from deploy.row import Row
from deploy.run_record import RunRecord
from deploy.verdict import Exit, exit_code, sentences
from edge.contract.command_line import UNBROKEN

#: What can be done about the ending of a push.
_NEXT = {
    Exit.PENDING: "when they are back: python -m deploy resume",
    **dict.fromkeys(
        (Exit.HUNG_UP, Exit.INTERRUPTED, Exit.TERMINATED), "to finish it: python -m deploy resume"
    ),
}


def console(*, as_json: bool) -> Console:
    """Where progress goes: not among the JSON."""
    # What devices and people say may hold brackets, which are no markup, and colons, which are no emoji.
    found = Console(stderr=as_json, markup=False, emoji=False)
    if not found.is_terminal:
        found.width = UNBROKEN
    return found


def report(record: RunRecord, ended: Ended, screen: Console, *, as_json: bool) -> Exit:
    """Say how a run ended.

    Returns:
        The exit code.
    """
    code = exit_code(ended.rows, interrupted=ended.interrupted, by=ended.by)
    for line in sentences(ended.rows):
        screen.print(line, soft_wrap=True, highlight=False)
    if said := next_step(record.verb, code, ended.rows):
        screen.print(said, soft_wrap=True, highlight=False)
    if as_json:
        print(json.dumps(document(record, ended, code), indent=2))
    return code


def next_step(verb: str, code: Exit, rows: Sequence[Row]) -> str:
    """What can be done about an ending; empty where nothing is left to do (pure)."""
    if verb != "push":
        lost = ",".join(row.host for row in rows if row.in_doubt)
        return f"what they run now: python -m deploy status --limit {lost}" if lost else ""
    if code not in (Exit.PARTIAL, Exit.FAILED):
        return _NEXT.get(code, "")
    # Its gate had let the release through; where it could be taken back, it has rolled back.
    stay = [row.host for row in rows if row.outcome == "failed" and row.phase == "soak"]
    but = f", but for {', '.join(stay)}, which may run the new release" if stay else ""
    return f"what failed runs what it ran before{but}; for its log: python -m deploy logs HOST"


def document(record: RunRecord, ended: Ended, code: Exit) -> dict[str, Any]:
    """The same for programs."""
    return {
        "run": record.folder.name,
        "verb": record.verb,
        "exit": int(code),
        "hosts": [_host(row) for row in ended.rows],
    }


def _host(row: Row) -> dict[str, Any]:
    kept = asdict(row)
    return {name: kept[name] for name in ("host", "batch", "outcome", "phase", "reason", "seconds", "facts")}

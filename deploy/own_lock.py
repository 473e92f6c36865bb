"""A lock in the way that an earlier push of the same operator has left: which push, and how to go on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from deploy import run_lock, run_record
from deploy.row import Row
from deploy.run_record import RunRecord
from edge.errors import EmotionEdgeError


def explained(row: Row, record: RunRecord) -> Row:
    """The row; where it was refused by such a lock, its reason says how to finish that push.

    Args:
        row: Of a run that has ended.
        record: Of this run.
    """
    holder, _, name = str(row.facts.get("held_by") or "").rpartition("/")
    if row.outcome != "locked" or holder != record.owner.rpartition("/")[0]:
        return row
    try:
        earlier = run_record.read(record.folder.parent / name)
    except EmotionEdgeError:  # of another machine of this name, or tidied away
        return row
    if earlier.verb != "push":
        return row
    try:
        run_lock.refuse_running(earlier.folder)
    except EmotionEdgeError as err:
        return replace(row, reason=f"{row.reason}. That is a push of yours, {err}")
    return replace(row, reason=f"{row.reason}. {_how_to_go_on(earlier, record)}")


def _how_to_go_on(earlier: RunRecord, record: RunRecord) -> str:
    same = Path(earlier.inventory).resolve() == Path(record.inventory).resolve()
    of = "" if same else f" --inventory {earlier.inventory}"
    return (
        "That is a push of yours that did not end; this finishes it, and gives the lock back: "
        f"python -m deploy resume --run {earlier.folder.name}{of}"
    )

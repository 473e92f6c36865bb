"""The live table of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.console import RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from deploy.journal import PHASES
from deploy.row import Row
from deploy.verdict import WELL

#: Title, head and rules of a table.
_FRAME_LINES = 6
_STYLES = {
    "good": "green",
    "unchanged": "green",
    "planned": "green",
    "rolled-back": "red",
    "failed": "red",
    "locked": "red",
    "pending": "yellow",
    "stopped": "yellow",
}


def table(rows: Iterable[Row], title: str) -> Table:
    """One line a host: its batch, phase, progress, and what there is to say."""
    shown = Table("batch", "host", "phase", "progress", "", title=Text(title), title_justify="left")
    for row in rows:
        state = Text(row.outcome or row.phase, style=_STYLES.get(row.outcome or "", ""))
        shown.add_row(str(row.batch), row.host, state, _bar(row), Text(row.reason or _measure(row)))
    return shown


def crowded(rows: Sequence[Row], title: str, lines: int) -> Table:
    """The same in so many lines: those that work first, then the bad, those that wait, and the good.

    The rest is counted.
    """
    room = max(1, lines - _FRAME_LINES)
    if len(rows) <= room:
        return table(rows, title)
    shown = sorted(rows, key=_urgency)[: room - 1]
    made = table(sorted(shown, key=rows.index), title)
    hidden = Counter(row.outcome or row.phase for row in rows if row not in shown)
    counts = ", ".join(f"{count} {what}" for what, count in hidden.items())
    made.add_row("", Text(f"and {len(rows) - len(shown)} more"), "", "", Text(counts))
    return made


def _urgency(row: Row) -> int:
    if row.outcome is None:
        return 2 if row.phase == "queued" else 0
    return 3 if row.outcome in WELL else 1


def share(row: Row) -> float:
    """How much of a push is done at a host, 0 to 1; phases weigh the same."""
    if row.outcome in WELL:
        return 1.0
    if row.phase not in PHASES:
        return 0.0
    inner = row.done / row.total if row.done is not None and row.total else 0.0
    return (PHASES.index(row.phase) + inner) / len(PHASES)


def _bar(row: Row) -> RenderableType:
    return ProgressBar(total=1.0, completed=share(row), width=20)


def _measure(row: Row) -> str:
    if row.done is None or row.total is None:
        return ""
    if row.phase == "transfer":
        return f"{row.done / 1e6:.1f} of {row.total / 1e6:.1f} MB"
    return f"{row.done} of {row.total} s"

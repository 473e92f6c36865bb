"""A camera's last windows, one column each: height for faces in view, letter for the dominant emotion."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text

from edge.emotion_colours import COLOURS, colour_of
from edge.watch.history import Cell, History, Kind

#: sad and surprise begin alike.
_LETTERS = {"surprise": "U"}
_BLOCKS = "▁▂▃▄▅▆▇█"
_SUPPRESSED = "x"
_MIN_WIDTH, _MAX_WIDTH = 8, 60


def letter(label: str | None) -> str:
    """One letter for an emotion, ``?`` where no face was read."""
    return _LETTERS.get(label or "", (label or "?")[:1].upper())


def legend(*, ascii_only: bool) -> Text:
    """What the columns mean."""
    bar = "digits" if ascii_only else "bars"
    text = Text(f"a column a window: {bar} faces in view, ", style="dim")
    for label, colour in COLOURS.items():
        text.append(letter(label), style=f"not dim bold {colour}").append(f" {label}  ")
    return text.append(f"? unsure  {_SUPPRESSED} fewer faces than k_min  {_gap(ascii_only)} no window")


class Strip:
    """As many columns as there is room for; two lines, or the letters alone."""

    def __init__(self, history: History, now_s: float, *, tall: bool) -> None:
        self._history, self._now_s, self._tall = history, now_s, tall

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(_MIN_WIDTH, _MAX_WIDTH)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        cells = self._history.cells(min(options.max_width, _MAX_WIDTH), self._now_s)
        gap = _gap(options.ascii_only)
        if self._tall:
            yield _line(cells, _digit if options.ascii_only else _block, gap)
        yield _line(cells, lambda cell: letter(cell.dominant), gap)


def _line(cells: Sequence[Cell], mark: Callable[[Cell], str], gap: str) -> Text:
    line = Text(no_wrap=True)
    for cell in cells:
        if cell.kind is Kind.WINDOW:
            line.append(mark(cell), style=colour_of(cell.dominant) or "")
        else:
            line.append(gap if cell.kind is Kind.GAP else _SUPPRESSED, style="dim")
    return line


def _gap(ascii_only: bool) -> str:
    return "." if ascii_only else "·"


def _block(cell: Cell) -> str:
    """One step a face, the same for all cameras."""
    return _BLOCKS[min(len(_BLOCKS), max(1, math.ceil(cell.in_view))) - 1]


def _digit(cell: Cell) -> str:
    faces = math.ceil(cell.in_view)
    return str(faces) if faces <= 9 else "+"

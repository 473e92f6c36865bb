"""How the terminal view looks: a live table, or one line a window where there is no terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from edge.emotion_colours import colour_of
from edge.watch.model import CameraView, WatchModel, WindowView
from edge.watch.strip import Strip, legend

_BAR_CELLS = 10
_STATES = {"streaming": "green", "ended": "dim", "disabled": "dim"}
#: From which width of the terminal on a column is shown, so that the windows keep their room.
_COLUMNS = {
    "camera": 0, "state": 0, "faces": 60, "dominant": 70,
    "windows": 0, "shares": 130, "fps": 100, "newest": 80,
}  # fmt: skip
_FIGURES = frozenset({"faces", "fps", "newest"})
#: Head and rule of the table, how many are not shown, messages not read, the cursor's own.
_FRAME_LINES = 5
#: A lower terminal has no room for the legend.
_LEGEND_FROM_LINES = 12
#: The newest windows in words are shown where so many lines are left for them.
_WORDS_FROM_LINES = 3

_Named = tuple[tuple[str, str, str], CameraView]


def window_line(window: WindowView) -> str:
    """One window as plain text."""
    place = f"{window.site}/{window.device}/{window.camera}"
    late = " (late)" if window.historical else ""
    return f"{window.end}  {place}  {_seen(window)}  {window.fps:.1f} fps{late}"


@dataclass(frozen=True)
class Screen:
    """The whole view, fitted to the terminal at each drawing.

    Attributes:
        model: What is known.
        now_s: When, on the clock by which the model was told.
        note: What stands in the way, for instance an absent broker.
    """

    model: WatchModel
    now_s: float
    note: str | None = None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        model, key = self.model, legend(ascii_only=options.ascii_only)
        note = Text(self.note or "", style="bold yellow")
        key_lines = _lines_of(key, options) if console.size.height >= _LEGEND_FROM_LINES else 0
        lines = console.size.height - _FRAME_LINES - key_lines - _lines_of(note, options)
        cameras = sorted(model.cameras.items())
        tall = 2 * len(cameras) <= lines
        shown = cameras if len(cameras) <= lines else self._worst_first(cameras)[: max(1, lines)]
        yield self._table(shown, options.max_width, tall=tall, ascii_only=options.ascii_only)
        if len(shown) < len(cameras):
            yield Text(f"and {len(cameras) - len(shown)} more cameras (those in trouble come first)")
        if cameras and key_lines:
            yield key
        yield from self._words(lines - len(shown) * (2 if tall else 1))
        if model.unreadable:
            yield Text(f"{model.unreadable} messages could not be read", style="dim")
        if self.note:
            yield note
        elif not cameras:
            yield Text("connected, waiting for the first message ...")

    def _worst_first(self, cameras: list[_Named]) -> list[_Named]:
        def well(named: _Named) -> bool:
            (site, device, _), view = named
            return view.state in _STATES and self.model.online.get((site, device)) is not False

        return sorted(cameras, key=well)

    def _words(self, lines: int) -> RenderResult:
        newest = list(self.model.newest)[-(lines - 1) :]
        if lines < _WORDS_FROM_LINES or not newest:
            return
        yield Text(f"newest windows ({self.model.windows} in all)", style="bold")
        for window in newest:
            yield Text(window_line(window), no_wrap=True, overflow="crop")

    def _table(self, cameras: list[_Named], width: int, *, tall: bool, ascii_only: bool) -> Table:
        table = Table(expand=True, box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
        columns = [name for name, from_width in _COLUMNS.items() if width >= from_width]
        for name in columns:
            ratio = 2 if name == "windows" else None
            justify: Literal["left", "right"] = "right" if name in _FIGURES else "left"
            table.add_column(name, no_wrap=True, overflow="crop", ratio=ratio, justify=justify)
        for (site, device, camera), view in cameras:
            cells: dict[str, RenderableType] = {
                "camera": escape(f"{site}/{device}/{camera}"),
                "state": _state(view, self.model.online.get((site, device))),
                "faces": "" if view.faces is None else str(view.faces),
                "dominant": _dominant(view),
                "windows": Strip(view.history, self.now_s, tall=tall),
                "shares": "" if view.suppressed else _bars(view.shares, ascii_only=ascii_only),
                "fps": "" if view.fps is None else f"{view.fps:.1f}",
                "newest": "" if view.window_at_s is None else f"{self.now_s - view.window_at_s:.0f} s ago",
            }
            table.add_row(*(cells[name] for name in columns))
        return table


def _lines_of(text: Text, options: ConsoleOptions) -> int:
    """One more than there must be, where words do not fill the lines."""
    return -(-text.cell_len // options.max_width) + (text.cell_len > options.max_width)


def _state(view: CameraView, online: bool | None) -> Text:
    if online is False:
        return Text("offline", style="bold red")
    return Text(view.state, style=_STATES.get(view.state, "yellow"))


def _dominant(view: CameraView) -> Text:
    if view.suppressed:
        return Text("suppressed", style="dim")
    if view.dominant is None:
        return Text("")
    share = view.shares.get(view.dominant, 0.0)
    return Text(f"{view.dominant} {share:.0%}", style=colour_of(view.dominant) or "")


def _bars(shares: Mapping[str, float], *, ascii_only: bool) -> Text:
    text = Text()
    for label, share in sorted(shares.items(), key=lambda item: -item[1])[:3]:
        bar = ("#" if ascii_only else "█") * max(1, round(share * _BAR_CELLS))
        text.append(bar, style=colour_of(label) or "white")
        text.append(f" {label} {share:.0%}  ")
    return text


def _seen(window: WindowView) -> str:
    if window.shares is None:
        return "suppressed (fewer faces than k_min)"
    faces = f"{window.faces} face{'' if window.faces == 1 else 's'}"
    shares = ", ".join(f"{label} {share:.0%}" for label, share in window.shares.items())
    return f"{faces}: {shares}" if shares else faces

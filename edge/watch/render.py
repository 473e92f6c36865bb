"""How the terminal view looks: a live table, or one line a window where there is no terminal."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from edge.watch.model import CameraView, WatchModel, WindowView

#: Okabe and Ito's palette, told apart by colour-blind eyes too; the label always stands beside it.
_COLOURS = {
    "angry": "#d55e00", "disgust": "#009e73", "fear": "#cc79a7", "happy": "#e69f00",
    "sad": "#0072b2", "surprise": "#56b4e9", "neutral": "#999999",
}  # fmt: skip
_BAR_CELLS = 10
_STATES = {"streaming": "green", "ended": "dim", "disabled": "dim"}


def window_line(window: WindowView) -> str:
    """One window as plain text."""
    place = f"{window.site}/{window.device}/{window.camera}"
    late = " (late)" if window.historical else ""
    return f"{window.end}  {place}  {_seen(window)}  {window.fps:.1f} fps{late}"


def screen(model: WatchModel, now_s: float, note: str | None = None) -> RenderableType:
    """The whole view; ``note`` is what stands in the way, for instance an absent broker."""
    parts: list[RenderableType] = [_cameras(model, now_s)]
    if model.newest:
        lines = Text(
            "\n".join(window_line(window) for window in model.newest), no_wrap=True, overflow="ellipsis"
        )
        parts.append(Panel(lines, title=f"newest windows ({model.windows} in all)", title_align="left"))
    if model.unreadable:
        parts.append(Text(f"{model.unreadable} messages could not be read", style="dim"))
    if note:
        parts.append(Text(note, style="bold yellow"))
    elif not model.cameras:
        parts.append(Text("connected, waiting for the first message ..."))
    return Group(*parts)


def _cameras(model: WatchModel, now_s: float) -> Table:
    table = Table(expand=True)
    table.add_column("camera", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("faces", justify="right", no_wrap=True)
    table.add_column("dominant", no_wrap=True)
    table.add_column("shares", ratio=1)
    table.add_column("fps", justify="right", no_wrap=True)
    table.add_column("window", justify="right", no_wrap=True)
    for (site, device, camera), view in sorted(model.cameras.items()):
        online = model.online.get((site, device))
        table.add_row(
            escape(f"{site}/{device}/{camera}"),
            _state(view, online),
            "" if view.faces is None else str(view.faces),
            escape(view.dominant or ""),
            Text("fewer faces than k_min") if view.suppressed else _bars(view.shares),
            "" if view.fps is None else f"{view.fps:.1f}",
            "" if view.window_at_s is None else f"{now_s - view.window_at_s:.0f} s ago",
        )
    return table


def _state(view: CameraView, online: bool | None) -> Text:
    if online is False:
        return Text("offline", style="bold red")
    return Text(view.state, style=_STATES.get(view.state, "yellow"))


def _bars(shares: Mapping[str, float]) -> Text:
    text = Text()
    for label, share in sorted(shares.items(), key=lambda item: -item[1])[:4]:
        bar = "█" * max(1, round(share * _BAR_CELLS))
        text.append(bar, style=_COLOURS.get(label, "white"))
        text.append(f" {label} {share:.0%}  ")
    return text


def _seen(window: WindowView) -> str:
    if window.shares is None:
        return "suppressed (fewer faces than k_min)"
    faces = f"{window.faces} face{'' if window.faces == 1 else 's'}"
    shares = ", ".join(f"{label} {share:.0%}" for label, share in window.shares.items())
    return f"{faces}: {shares}" if shares else faces

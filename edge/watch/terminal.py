"""Subscribes to every device of a broker and shows what arrives, until told to stop."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live

from edge.mqtt import refusals
from edge.mqtt.happenings import Accepted, Arrived, Lost, Refused
from edge.mqtt.link import Link, PahoLink
from edge.mqtt.settings import MqttSettings
from edge.mqtt.topics import EVERYTHING
from edge.watch.model import WatchModel, WindowView
from edge.watch.render import screen, window_line

_STEP_S = 0.25
_RETRY_S = 1.0
Show = Callable[[WatchModel, list[WindowView], str | None], None]


def watch(
    settings: MqttSettings,
    seconds: float | None,
    console: Console,
    *,
    ends: Callable[[], bool] = lambda: False,
    open_link: Callable[[MqttSettings, str], Link] = PahoLink,
) -> int:
    """Show windows as they arrive: a live table on a terminal, else one line each.

    Args:
        settings: The broker; while it is away, that is said and it is tried again.
        seconds: How long, None for ever.
        console: Where to.
        ends: Asked a few times a second; True ends it early.
        open_link: The seam to MQTT.
    Returns:
        How many windows were seen, also after Ctrl-C.
    """
    model = WatchModel()
    until_s = None if seconds is None else time.monotonic() + seconds

    def over() -> bool:
        return ends() or (until_s is not None and time.monotonic() >= until_s)

    try:
        with _display(console) as show:
            while not over():
                link = open_link(settings, f"emotion-watch-{secrets.token_hex(4)}")
                try:
                    trouble = _follow(link, settings, model, show, over)
                finally:
                    link.close(goodbye=True)
                if trouble is not None:
                    _pause(model, show, trouble, over)
    except KeyboardInterrupt:
        pass
    return model.windows


def _follow(
    link: Link, settings: MqttSettings, model: WatchModel, show: Show, over: Callable[[], bool]
) -> str | None:
    """One connection; why it ended, None where the time is over."""
    accepted = False
    try:
        link.open()
    except (OSError, ValueError) as err:
        return refusals.open_failure(err, settings)
    while not over():
        fresh: list[WindowView] = []
        for happening in link.step(_STEP_S):
            if isinstance(happening, Accepted):
                accepted = True
                link.subscribe(EVERYTHING, 1)
            elif isinstance(happening, Arrived):
                window = model.apply(happening.message, time.monotonic())
                fresh += [window] if window else []
            elif isinstance(happening, Refused):
                return refusals.refusal(happening, settings)
            elif isinstance(happening, Lost):
                return refusals.loss(happening, settings, accepted=accepted)
        show(model, fresh, None)
    return None


def _pause(model: WatchModel, show: Show, trouble: str, over: Callable[[], bool]) -> None:
    show(model, [], f"{trouble}; trying again")
    end_s = time.monotonic() + _RETRY_S
    while time.monotonic() < end_s and not over():
        time.sleep(0.05)


@contextmanager
def _display(console: Console) -> Iterator[Show]:
    if not console.is_terminal:
        yield _Lines(console)
        return
    with Live(console=console, auto_refresh=False) as live:

        def show(model: WatchModel, _fresh: list[WindowView], note: str | None) -> None:
            live.update(screen(model, time.monotonic(), note), refresh=True)

        yield show


class _Lines:
    """For pipes: each window once, each new trouble once."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._note: str | None = None

    def __call__(self, _model: WatchModel, fresh: list[WindowView], note: str | None) -> None:
        if note is not None and note != self._note:
            self._console.out(note, highlight=False)
        self._note = note or self._note
        for window in fresh:
            self._console.out(window_line(window), highlight=False)

"""Subscribes to every device of a broker and shows what arrives, until told to stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live

from edge.errors import ConfigError, SourceError
from edge.mqtt import refusals
from edge.mqtt.happenings import Arrived, Happening, Lost, Subscribed
from edge.mqtt.link import OpenLink, PahoLink
from edge.mqtt.login import logged_in
from edge.mqtt.option_names import in_options
from edge.mqtt.settings import MqttSettings
from edge.mqtt.topics import EVERYTHING
from edge.watch.model import WatchModel, WindowView
from edge.watch.render import Screen, window_line

_STEP_S = 0.25
_RETRY_S = 1.0
_HOST_OPTION = "--host"
#: A busy broker sends hundreds of messages a second; nobody reads faster than this.
_REDRAW_S = 0.25
Show = Callable[[WatchModel, list[WindowView], str | None], None]


def watch(
    settings: MqttSettings,
    seconds: float | None,
    console: Console,
    *,
    ends: Callable[[], bool] = lambda: False,
    open_link: OpenLink = PahoLink,
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
    Raises:
        ConfigError: The file of the authority cannot be used.
    """
    model = WatchModel()
    until_s = None if seconds is None else time.monotonic() + seconds

    def over() -> bool:
        return ends() or (until_s is not None and time.monotonic() >= until_s)

    try:
        with _display(console) as show:
            while not over():
                trouble = _follow(settings, model, show, over, open_link)
                if trouble is not None:
                    _pause(model, show, in_options(trouble, _HOST_OPTION), over)
    except KeyboardInterrupt:
        pass
    except ConfigError as err:
        raise ConfigError(in_options(str(err), _HOST_OPTION)) from err
    return model.windows


def _follow(
    settings: MqttSettings, model: WatchModel, show: Show, over: Callable[[], bool], open_link: OpenLink
) -> str | None:
    """One connection; why it ended, None where the time is over."""
    try:
        with logged_in(settings, "emotion-watch", over=over, open_link=open_link) as login:
            login.link.subscribe(EVERYTHING, 1)
            happened = login.happened
            while not over():
                fresh = _take_in(model, happened)
                show(model, fresh, None)
                if (trouble := _trouble(happened, settings)) is not None:
                    return trouble
                happened = login.link.step(_STEP_S)
    except SourceError as err:
        return str(err)
    return None


def _trouble(happened: list[Happening], settings: MqttSettings) -> str | None:
    for one in happened:
        if isinstance(one, Lost):
            return refusals.loss(one, settings, accepted=True)
        if isinstance(one, Subscribed) and one.refused is not None:
            allow = "let this user read it (ACL)"
            return f"broker {settings.address} refuses {EVERYTHING}: {one.refused}; {allow}"
    return None


def _take_in(model: WatchModel, happened: list[Happening]) -> list[WindowView]:
    """The windows among what has arrived."""
    arrived = [one.message for one in happened if isinstance(one, Arrived)]
    windows = [model.apply(message, time.monotonic()) for message in arrived]
    return [window for window in windows if window is not None]


def _pause(model: WatchModel, show: Show, trouble: str, over: Callable[[], bool]) -> None:
    show(model, [], f"{trouble}; trying again")
    end_s = time.monotonic() + _RETRY_S
    while time.monotonic() < end_s and not over():
        time.sleep(0.05)


@contextmanager
def _display(console: Console) -> Iterator[Show]:
    if not console.is_terminal or console.is_dumb_terminal:
        yield _Lines(console)
        return
    with Live(console=console, auto_refresh=False) as live:
        yield _Table(live)


class _Table:
    """For terminals: drawn anew a few times a second, at once where there is trouble."""

    def __init__(self, live: Live) -> None:
        self._live, self._due_s = live, 0.0

    def __call__(self, model: WatchModel, _fresh: list[WindowView], note: str | None) -> None:
        now_s = time.monotonic()
        if note is not None or now_s >= self._due_s:
            self._due_s = now_s + _REDRAW_S
            self._live.update(Screen(model, now_s, note), refresh=True)


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

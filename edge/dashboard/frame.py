"""What stands around the cards: header, banner of troubles, figures, sections, empty state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from nicegui import ui
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

from edge import __version__
from edge.dashboard.feed import CONNECTING
from edge.dashboard.fleet import Refused
from edge.dashboard.parts import ASSETS, ThemeButton, html

#: How long it is said that the broker is back.
_BACK_S = 8.0
_LOGO = (ASSETS / "icon.svg").read_text(encoding="utf-8")


def header(address: str, on_export: Callable[[], None]) -> None:
    """Name, version and what concerns the whole page."""
    with ui.header(fixed=False, elevated=False).classes("top"):
        ui.html(_LOGO, sanitize=False).classes("logo").props("aria-hidden=true")
        with html("div", classes="title"):
            html("h1", "emotion-edge")
            html("p", f"{__version__} · {address}")
        html("button", "Export", "button", type="button", aria_haspopup="dialog").on("click", on_export)
        ThemeButton()


class Banner:
    """Says what is wrong with the broker or the history, and that it is well again."""

    def __init__(self, address: str) -> None:
        self._was_away = False
        with html("div", classes="banners", role="status"):
            self._broker = html("p", classes="banner bad")
            self._back = html("p", f"The broker {address} is back.", "banner good")
            self._store = html("p", classes="banner bad")
        self._back.set_visibility(False)

    def show(self, broker: str | None, store: str | None) -> None:
        """What is wrong with each, None where all is well."""
        if broker is None:
            if self._was_away:
                self._back.set_visibility(True)
                ui.timer(_BACK_S, lambda: self._back.set_visibility(False), once=True)
            self._was_away = False
        else:
            self._was_away = self._was_away or broker != CONNECTING
            self._back.set_visibility(False)
            self._broker.set_text(_sentence(broker))
        self._broker.set_visibility(broker is not None)
        self._store.set_text(store or "")
        self._store.set_visibility(store is not None)


class Figures:
    """The fleet in four numbers."""

    def __init__(self) -> None:
        with html("dl", classes="totals"):
            self._values = {
                name: self._figure(name)
                for name in ("Streaming", "In trouble", "Faces now", "Devices online")
            }

    @staticmethod
    def _figure(name: str) -> TextElement:
        with html("div"):
            html("dt", name)
            return html("dd")

    def show(self, figures: dict[str, int]) -> None:
        """From :func:`edge.dashboard.cards.summary`."""
        texts = {
            "Streaming": f"{figures['streaming']} / {figures['cameras']}",
            "In trouble": str(figures["trouble"]),
            "Faces now": str(figures["faces"]),
            "Devices online": f"{figures['online']} / {figures['devices']}",
        }
        for name, text in texts.items():
            self._values[name].set_text(text)
        alarm = "add" if figures["trouble"] else "remove"
        self._values["In trouble"].classes(**{alarm: "alarming"})


class Refusals:
    """Messages that could not be read: how many, and on demand which."""

    def __init__(self) -> None:
        self._shown = 0
        with html("details", classes="refusals") as self._details:
            self._count = html("summary")
            self._list = html("ul")
        self._details.set_visibility(False)

    def show(self, newest: Sequence[Refused], count: int) -> None:
        """The newest of ``count``."""
        if count == self._shown:
            return
        self._shown = count
        self._details.set_visibility(True)
        self._count.set_text(f"{count} {'message' if count == 1 else 'messages'} could not be read")
        self._list.clear()
        with self._list:
            for refused in reversed(newest):
                html("li", f"{refused.topic}: {refused.why}")


def _sentence(trouble: str) -> str:
    if trouble == CONNECTING:
        return "Connecting to the broker ..."
    end = "" if trouble.endswith("?") else "."
    return f"{trouble[0].upper()}{trouble[1:]}{end} It is tried again; what is shown may be old."


def empty_state(address: str) -> Element:
    """What to do where no device has said anything yet."""
    with html("section", classes="empty first", aria_label="Nothing yet") as element:
        html("h2", "Waiting for the first device")
        html(
            "p",
            f"Nothing has arrived on emotion/v1/# at {address} yet. On a device, write where the broker is"
            " into its configuration and start it:",
        )
        html("pre", "emotion-edge config init edge.yaml\nemotion-edge run --config edge.yaml")
        html(
            "p",
            "Without a camera at hand, make demo shows two simulated ones."
            " A device that is online appears here by itself.",
        )
    return element


@contextmanager
def section(title: str) -> Iterator[Element]:
    """A part of the page with a heading, which is its name for screen readers too."""
    name = f"heading-{title.lower()}"
    with html("section", classes="part", aria_labelledby=name) as element:
        html("h2", title, id=name)
        yield element

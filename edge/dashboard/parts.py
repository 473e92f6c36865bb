"""The page's own elements: Vue components beside this file, and plain HTML that NiceGUI has no name for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

from edge.dashboard.cards import Cards, changes
from edge.dashboard.palette import EMOTIONS, WORDS

#: What the browser gets as it is.
ASSETS = Path(__file__).parent / "assets"
#: Greys are the style sheet's own, for light and dark.
_PALETTE = {
    **{name: {"word": name.capitalize(), "colour": colour} for name, colour in EMOTIONS.items()},
    **{name: {"word": word, "colour": f"var(--{name})"} for name, word in WORDS.items()},
}


class CameraCards(Element, component="components/cameras.js"):
    """Cards that are sent what changed; call :meth:`show` once a second."""

    def __init__(self, on_ready: Callable[[], None]) -> None:
        super().__init__()
        self._props["palette"] = _PALETTE
        self._sent: Cards = {}
        self._start = True
        self.on("ready", on_ready)

    def start_over(self) -> None:
        """The browser knows nothing (any more)."""
        self._sent, self._start = {}, True

    @property
    def states(self) -> dict[str, str]:
        """What each card says that its camera is doing."""
        return {key: card["state"] for key, card in self._sent.items()}

    def news(self, cards: Cards) -> set[str]:
        """Keys of cards that the browser does not know."""
        return set(cards) - set(self._sent)

    def show(self, cards: Cards, strips: dict[str, list[Any]]) -> None:
        """Send what changed; ``strips`` are those of :meth:`news`."""
        self.run_method("patch", changes(self._sent, cards), strips, self._start)
        self._sent, self._start = cards, False


class DeviceTable(Element, component="components/devices.js"):
    """A row for each device, sent when it changes."""

    def __init__(self, on_ready: Callable[[], None]) -> None:
        super().__init__()
        self._sent: Cards = {}
        self._start = True
        self.on("ready", on_ready)

    def start_over(self) -> None:
        """The browser knows nothing (any more)."""
        self._sent, self._start = {}, True

    def show(self, rows: Cards) -> None:
        """Send what changed, if anything."""
        changed = changes(self._sent, rows)
        if changed["gone"] or changed["set"] or self._start:
            self.run_method("patch", changed, self._start)
        self._sent, self._start = rows, False


class Timeline(Element, component="components/timeline.js"):
    """Stacked shares over time."""

    def __init__(self, on_ready: Callable[[], None]) -> None:
        super().__init__()
        self._props["palette"] = _PALETTE
        self.on("ready", on_ready)

    def show(self, view: dict[str, Any]) -> None:
        """Draw what :meth:`edge.dashboard.history.History.timeline` gave."""
        self.run_method("show", view)


class ThemeButton(Element, component="components/theme.js"):
    """Light or dark, remembered by the browser."""


def html(tag: str, text: str = "", classes: str = "", **attributes: str) -> TextElement:
    """An HTML element with text, which is escaped; ``_`` in an attribute's name is a hyphen."""
    element = TextElement(tag=tag, text=text).classes(classes)
    for name, value in attributes.items():
        element._props[name.rstrip("_").replace("_", "-")] = value  # noqa: SLF001 - .props() would parse the value
    return element

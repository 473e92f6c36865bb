"""The three lists above the cards: site, device, camera."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

from nicegui import ui

from edge.dashboard.choice import Choice, Options
from edge.dashboard.parts import html

_ALL = {"site": "All sites", "device": "All devices", "camera": "All cameras"}


class Filters:
    """Each offers what the choice of the ones before it leaves."""

    def __init__(self, choice: Choice, on_choice: Callable[[Choice], None]) -> None:
        self._on_choice = on_choice
        with html("div", classes="filters", role="search", aria_label="Filters"):
            self._lists = {
                field.name: self._list(field.name, getattr(choice, field.name)) for field in fields(choice)
            }

    def offer(self, offered: Options) -> None:
        """Update what can be chosen; what is chosen stays, even while it is not there."""
        for (name, chosen), names in zip(self._lists.items(), offered, strict=True):
            found = {"": _ALL[name], **{one: one for one in names}}
            if chosen.value:
                found.setdefault(chosen.value, chosen.value)
            if chosen.options != found:
                chosen.set_options(found, value=chosen.value)

    def _list(self, name: str, value: str | None) -> ui.select:
        shown = {"": _ALL[name], **({value: value} if value else {})}
        return (
            ui.select(shown, value=value or "", label=name.capitalize(), on_change=self._changed)
            .props("outlined dense options-dense")
            .classes("filter")
        )

    def _changed(self) -> None:
        self._on_choice(Choice(**{name: chosen.value or None for name, chosen in self._lists.items()}))

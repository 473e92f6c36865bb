"""One viewer's page: what is chosen, and what is sent to the browser every second."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from nicegui import background_tasks, run, ui

from edge.dashboard.cards import camera_cards, device_rows, strips, summary
from edge.dashboard.choice import SPANS, Choice, options
from edge.dashboard.export_form import ExportForm
from edge.dashboard.feed import Feed
from edge.dashboard.filters import Filters
from edge.dashboard.frame import Banner, Figures, Refusals, empty_state, header, section
from edge.dashboard.history import History
from edge.dashboard.parts import CameraCards, DeviceTable, Timeline, html

_TICK_S = 1.0
_FIRST_SPAN = "15m"


class Page:
    """Builds the page and keeps it up to date for as long as the browser is connected."""

    def __init__(self, feed: Feed, history: History, address: str, query: Mapping[str, str]) -> None:
        """Build.

        Args:
            feed: What arrives.
            history: What has arrived.
            address: Of the broker, as shown.
            query: Of the page's address: what was chosen before it was loaded again.
        """
        self._feed, self._history = feed, history
        self._choice = Choice.of(query)
        self._span = query.get("span", _FIRST_SPAN) if query.get("span") in SPANS else _FIRST_SPAN
        self._timeline_due_s = 0.0
        self._timeline_running = False
        self._lanes = 0
        self._build(address)
        ui.timer(_TICK_S, self._tick)

    def _build(self, address: str) -> None:
        self._form = ExportForm()
        header(address, self._open_export)
        self._banner = Banner(address)
        main = html("div", classes="page")
        with main:
            with html("div", classes="toolbar"):
                self._filters = Filters(self._choice, self._chosen)
                self._figures = Figures()
            self._empty = empty_state(address)
            self._nothing = html(
                "p", "No camera fits this choice. Choose all sites, devices and cameras to see them.", "empty"
            )
            with section("Cameras") as self._cameras_section:
                self._cards = CameraCards(self._cards_ready)
            with section("Timeline") as self._timeline_section:
                with html("div", classes="spans", role="group", aria_label="How far back"):
                    self._spans = {name: self._span_button(name, span.label) for name, span in SPANS.items()}
                self._timeline = Timeline(self._timeline_is_due)
            with section("Devices") as self._devices_section:
                self._table = DeviceTable(self._table_ready)
            self._refusals = Refusals()
        self._news = html("p", classes="only-read", role="status")
        ui.skip_link("Skip to the cameras", target=main)
        self._mark_span()

    def _span_button(self, name: str, label: str) -> Any:
        return html("button", label, type="button").on("click", lambda: self._span_chosen(name))

    def _cards_ready(self) -> None:
        self._cards.start_over()
        self._tick()

    def _table_ready(self) -> None:
        self._table.start_over()
        self._tick()

    def _timeline_is_due(self) -> None:
        self._timeline_due_s = 0.0

    def _chosen(self, choice: Choice) -> None:
        self._choice = choice
        self._remember()

    def _span_chosen(self, name: str) -> None:
        self._span = name
        self._mark_span()
        self._remember()

    def _mark_span(self) -> None:
        for name, button in self._spans.items():
            button.props["aria-pressed"] = "true" if name == self._span else "false"

    def _remember(self) -> None:
        query = {**self._choice.query, "span": self._span}
        ui.navigate.history.replace(f"/?{urlencode(query)}")
        self._timeline_is_due()
        self._tick()

    def _open_export(self) -> None:
        self._form.open(self._choice, SPANS[self._span].seconds, time.time())

    def _tick(self) -> None:
        feed, now_s = self._feed, time.monotonic()
        with feed.lock:
            fleet = feed.fleet
            cards, rows = camera_cards(fleet, self._choice, now_s), device_rows(fleet, self._choice)
            fresh = strips(fleet, self._cards.news(cards))
            offered = options(fleet.cameras, fleet.devices, self._choice)
            known = bool(fleet.devices)
            refused, refusals = list(fleet.refused), fleet.refusals
        self._say_what_changed(cards)
        self._cards.show(cards, fresh)
        self._table.show(rows)
        self._filters.offer(offered)
        self._figures.show(summary(cards, rows))
        self._banner.show(feed.trouble, feed.keeper.trouble)
        self._refusals.show(refused, refusals)
        self._arrange(known=known, cameras=bool(cards), devices=bool(rows))
        if now_s >= self._timeline_due_s and not self._timeline_running:
            self._timeline_due_s = now_s + self._history.refresh_s(SPANS[self._span])
            background_tasks.create(self._draw_timeline())

    def _arrange(self, *, known: bool, cameras: bool, devices: bool) -> None:
        self._empty.set_visibility(not known)
        self._nothing.set_visibility(known and not cameras)
        self._cameras_section.set_visibility(cameras)
        self._timeline_section.set_visibility(known or self._lanes > 0)
        self._devices_section.set_visibility(devices)

    async def _draw_timeline(self) -> None:
        choice, span = self._choice, SPANS[self._span]
        self._timeline_running = True
        try:
            view = await run.io_bound(self._history.timeline, choice, span)
        finally:
            self._timeline_running = False
        # None where the server stops; and another choice may have been made meanwhile.
        if view is not None and (choice, span) == (self._choice, SPANS[self._span]):
            self._lanes = len(view["lanes"])
            self._timeline.show(view)

    def _say_what_changed(self, cards: Mapping[str, Mapping[str, Any]]) -> None:
        """For a screen reader: cameras that are no longer what they were, and nothing else."""
        then = self._cards.states
        changed = [key for key, card in cards.items() if key in then and then[key] != card["state"]]
        if changed:
            more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
            self._news.set_text(", ".join(f"{key}: {cards[key]['state']}" for key in changed[:3]) + more)

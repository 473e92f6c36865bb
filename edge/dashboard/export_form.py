"""The dialog that downloads windows: a plain HTML form, so that the browser does the download."""

from __future__ import annotations

from datetime import datetime, timezone

from nicegui import ui

from edge.dashboard.choice import Choice
from edge.dashboard.export import parquet_here
from edge.dashboard.parts import html


class ExportForm:
    """Made anew each time that it is opened, for what the page shows then."""

    def __init__(self) -> None:
        with ui.dialog().props("aria-labelledby=export-title") as self._dialog:
            self._card = ui.card().classes("dialog")

    def open(self, choice: Choice, seconds: float, now_utc_s: float) -> None:
        """Show it for a choice and the last so many seconds."""
        self._card.clear()
        chosen = [f"{name} {value}" for name, value in choice.query.items()]
        with self._card:
            html("h2", "Export windows", id="export-title")
            html("p", f"Of {', '.join(chosen)}." if chosen else "Of all cameras.", "muted")
            with html("form", action="/export", method="get"):
                for name, value in choice.query.items():
                    html("input", type="hidden", name=name, value=value)
                _formats()
                _time("from", "From (UTC)", now_utc_s - seconds)
                _time("until", "Until (UTC)", now_utc_s + 60)
                html("p", "Leave both empty for everything that is kept.", "muted")
                with html("div", classes="buttons"):
                    html("button", "Close", "button", type="button").on("click", self._dialog.close)
                    html("button", "Download", "button", type="submit")
        self._dialog.open()


def _formats() -> None:
    formats = {"csv": "CSV", "json": "JSON"} | ({"parquet": "Parquet"} if parquet_here() else {})
    with html("fieldset"):
        html("legend", "Format")
        for value, label in formats.items():
            with html("label", classes="choice"):
                radio = html("input", type="radio", name="format", value=value)
                if value == "csv":
                    radio.props("^checked")
                html("span", label)


def _time(name: str, label: str, utc_s: float) -> None:
    text = datetime.fromtimestamp(utc_s, timezone.utc).strftime("%Y-%m-%dT%H:%M")
    with html("label", classes="field"):
        html("span", label)
        # ^: what it says at first; Vue would write a value into it again whenever the page changes.
        html("input", type="datetime-local", name=name, **{"^value": text})

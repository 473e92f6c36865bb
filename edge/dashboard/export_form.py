"""The dialog that downloads windows: a plain HTML form, so that the browser does the download."""

from __future__ import annotations

from datetime import datetime, timezone

from nicegui import ui

from edge.dashboard.choice import Choice
from edge.dashboard.export import parquet_here
from edge.dashboard.parts import html


class ExportForm:
    """Filled with what the page shows each time that it is opened."""

    def __init__(self) -> None:
        formats = {"csv": "CSV", "json": "JSON"} | ({"parquet": "Parquet"} if parquet_here() else {})
        with ui.dialog().props("aria-labelledby=export-title") as self._dialog, ui.card().classes("dialog"):
            html("h2", "Export windows", id="export-title")
            self._what = html("p", classes="muted")
            with html("form", action="/export", method="get"):
                self._hidden = {
                    name: html("input", type="hidden", name=name) for name in ("site", "device", "camera")
                }
                with html("fieldset"):
                    html("legend", "Format")
                    for value, label in formats.items():
                        with html("label", classes="choice"):
                            radio = html("input", type="radio", name="format", value=value)
                            if value == "csv":
                                radio.props["checked"] = True
                            html("span", label)
                self._from, self._until = self._time("from", "From (UTC)"), self._time("until", "Until (UTC)")
                html("p", "Leave both empty for everything that is kept.", "muted")
                with html("div", classes="buttons"):
                    html("button", "Close", "button plain", type="button").on("click", self._dialog.close)
                    html("button", "Download", "button", type="submit")

    def open(self, choice: Choice, seconds: float, now_utc_s: float) -> None:
        """Show it for a choice and the last so many seconds."""
        for name, element in self._hidden.items():
            element.props["value"] = getattr(choice, name) or ""
        chosen = [f"{name} {value}" for name, value in choice.query.items()]
        self._what.set_text(f"Of {', '.join(chosen)}." if chosen else "Of all cameras.")
        self._from.props["value"] = _field(now_utc_s - seconds)
        self._until.props["value"] = _field(now_utc_s + 60)
        self._dialog.open()

    @staticmethod
    def _time(name: str, label: str) -> ui.element:
        with html("label", classes="field"):
            html("span", label)
            return html("input", type="datetime-local", name=name)


def _field(utc_s: float) -> str:
    return datetime.fromtimestamp(utc_s, timezone.utc).strftime("%Y-%m-%dT%H:%M")

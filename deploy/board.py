"""Shows a run while it goes on: a live table on a terminal, a line for each change elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.live import Live

from deploy.journal import HostEvent, Journal
from deploy.row import Row, advance, of_ansible
from deploy.table import crowded, table


class Board:
    """The rows of a run, kept up to date by its journal and Ansible's events."""

    def __init__(self, rows: Mapping[str, Row], journal: Journal, title: str, console: Console) -> None:
        self.rows = dict(rows)
        self._journal, self._title, self._console = journal, title, console
        self._live: Live | None = None

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show it until the end of the block."""
        if not self._console.is_terminal:
            yield
            return
        with Live(self._table(), console=self._console, auto_refresh=False) as self._live:
            yield
            # At the end all of it, however long.
            self._live.vertical_overflow = "visible"
            self._live.update(table(self.rows.values(), self._title), refresh=True)

    def take(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Bring the rows up to date, first by the journal, which knows better, then by Ansible."""
        for told in self._journal.fresh():
            self._advance(told)
        for event in events:
            row = self.rows.get(event.get("event_data", {}).get("host", ""))
            if found := of_ansible(event, row, time.time()):
                self._advance(found)
        if self._live is not None:
            self._live.update(self._table(), refresh=True)

    def _advance(self, event: HostEvent) -> None:
        before = self.rows.get(event.host)
        if before is None:
            return
        after = self.rows[event.host] = advance(before, event)
        if self._live is None and _said(after) != _said(before):
            self._console.print(_said(after), soft_wrap=True, highlight=False)

    def _table(self) -> Any:
        return crowded(list(self.rows.values()), self._title, self._console.height)


def _said(row: Row) -> str:
    return f"{row.host} {row.outcome or row.phase}" + (f": {row.reason}" if row.reason else "")

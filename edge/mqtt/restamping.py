"""Puts right what waits with a time from before the wall clock was set, a few rows at a time.

A device without a clock of its own may have been without network for days: to rewrite all of that at once
would take the main loop as long as the watchdog lets it live.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from edge.mqtt.outbox_file import NO_END, OutboxFile, Stored
from edge.mqtt.row_clock import RowClock

#: A few milliseconds of work.
_ROWS_AT_ONCE = 200


class Restamping:
    """For use behind the outbox's lock.

    What the broker was handed already stays as it is: sent again, it must be the same.
    """

    def __init__(self, clock: RowClock) -> None:
        self._clock = clock
        #: Rows up to this one need nothing more; None where none does.
        self._after: int | None = None

    def begin(self) -> None:
        """The wall clock has just become right."""
        self._after = self._clock.last_old_id

    def right(self, rows: Iterable[Stored], handed_out: Collection[int]) -> list[Stored]:
        """These rows with the times that they should have had."""
        after = self._after
        if after is None:
            return list(rows)
        return [
            self._clock.put_right(row) if row.id > after and row.id not in handed_out else row for row in rows
        ]

    def rewrite(self, file: OutboxFile, rows: list[Stored], handed_out: Collection[int]) -> list[Stored]:
        """The same, in the file as well: from there they are sent again."""
        right = self.right(rows, handed_out)
        changed = [new for new, old in zip(right, rows, strict=True) if new is not old]
        if changed:
            with file.transaction(flushed=False):  # what a power cut takes of it had no time before either
                file.rewrite(changed)
        return right

    def go_on(self, file: OutboxFile, handed_out: Collection[int]) -> bool:
        """Rewrite some more; whether there may be others."""
        if self._after is None:
            return False
        rows = list(file.rows(self._after, NO_END, _ROWS_AT_ONCE))
        self.rewrite(file, rows, handed_out)
        self._after = rows[-1].id if len(rows) == _ROWS_AT_ONCE else None
        return self._after is not None

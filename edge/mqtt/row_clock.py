"""How old a row of the outbox is, and what its time should have been, on clocks that may step."""

from __future__ import annotations

import time
from collections.abc import Callable

from edge.mqtt.outbox_file import Stored
from edge.mqtt.payload import restamped, untimed

#: A time before this comes from a clock that had not been set.
_EARLIEST_UTC_S = 1_577_836_800.0  # 2020-01-01


class RowClock:
    """The two clocks of one run.

    Attributes:
        last_old_id: Rows up to this one were made by an earlier run, on another monotonic clock.
    """

    def __init__(
        self, *, utc: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.utc_s, self.monotonic_s = utc, monotonic
        self.last_old_id = 0

    def age_s(self, row: Stored, unknown_s: float) -> float:
        """Seconds since the row was made; ``unknown_s`` where then or now the clock was not set.

        A device without a clock of its own steps by years when time arrives: what this run has made
        is aged on the clock that never steps. What an earlier run made before time had arrived may seem
        days old and be minutes old: such a clock goes on from where the device was switched off.
        """
        if row.id > self.last_old_id:
            return self.monotonic_s() - row.monotonic_s
        age_s = self.utc_s() - row.utc_s
        return unknown_s if age_s < 0 or self.ageless(row) else age_s

    def ageless(self, row: Stored) -> bool:
        """Whether nobody will ever know how old it is: an earlier run made it before its clock was set."""
        return row.id <= self.last_old_id and (row.utc_s < _EARLIEST_UTC_S or untimed(row.message.payload))

    def put_right(self, row: Stored) -> Stored:
        """A row of this run with the time that it should have had, now that the wall clock is right."""
        if row.id <= self.last_old_id:
            return row
        end_utc_s = self.utc_s() - self.monotonic_s() + row.monotonic_s
        payload = restamped(row.message.payload, end_utc_s)
        if payload == row.message.payload:
            return row
        return row._replace(message=row.message._replace(payload=payload), utc_s=end_utc_s)

"""Which rows of the outbox are sent next: what is fresh at once, what an outage left slowly beside it."""

from __future__ import annotations

from edge.mqtt.outbox import Outbox, Row

#: Places of the in-flight window that the backlog leaves to fresh windows; of a narrow one, half.
_KEPT_FOR_FRESH = 9
#: What was not sent while nobody looked may be made up for, so much of it.
_BURST_S = 0.2


class RowFeed:
    """Made for one connection. Fresh windows come in order, the backlog in order among itself.

    The backlog is what was older than ``historical_after_s`` when the connection began: after an
    outage a display must show the present at once, and the broker must not be flooded.
    """

    def __init__(
        self, outbox: Outbox, *, historical_after_s: float, backlog_rate_hz: float, now_s: float
    ) -> None:
        self._outbox, self._rate_hz = outbox, backlog_rate_hz
        self._first_fresh_id = outbox.first_younger_than(historical_after_s)
        self._fresh_after = self._first_fresh_id - 1
        self._backlog_after = 0
        self._allowance, self._allowed_at_s = 1.0, now_s
        self.backlog_waits = self._first_fresh_id > 1

    def take(self, room: int, now_s: float, window: int) -> list[Row]:
        """At most ``room`` rows that may be sent now; each is given once.

        Args:
            room: Of the places in flight, those that are free.
            now_s: On the clock of the constructor's.
            window: All of them, as many as the broker allows.
        """
        rows = self._outbox.pending(after=self._fresh_after, limit=room)
        if rows:
            self._fresh_after = rows[-1].id
        if self.backlog_waits:
            rows += self._backlog(room - len(rows) - min(_KEPT_FOR_FRESH, window // 2), now_s)
        return rows

    def _backlog(self, room: int, now_s: float) -> list[Row]:
        burst = max(2.0, self._rate_hz * _BURST_S)
        grown = self._allowance + (now_s - self._allowed_at_s) * self._rate_hz
        self._allowance, self._allowed_at_s = min(burst, grown), now_s
        wanted = min(room, int(self._allowance))
        if wanted <= 0:
            return []
        rows = self._outbox.pending(after=self._backlog_after, before=self._first_fresh_id, limit=wanted)
        self.backlog_waits = len(rows) == wanted
        self._allowance -= len(rows)
        if rows:
            self._backlog_after = rows[-1].id
        return rows

"""One connection's life on the publisher's side: what is sent when. No threads, no clock."""

from __future__ import annotations

from edge.mqtt.latest import LatestMessages
from edge.mqtt.link import MAX_IN_FLIGHT, Accepted, Acknowledged, Happening, Link, Lost, Refused
from edge.mqtt.outbox import Outbox
from edge.mqtt.payload import Message, as_historical
from edge.mqtt.topics import OFFLINE, ONLINE

_NOT_A_ROW = 0


class MqttSession:
    """Sends from outbox and states within the in-flight window, and deletes what is acknowledged.

    A session starts from the oldest row: what an earlier connection sent and the broker did not
    acknowledge is sent again, in order, with the same id.
    """

    def __init__(
        self, link: Link, outbox: Outbox, latest: LatestMessages, status_topic: str, historical_after_s: float
    ) -> None:
        self._link, self._outbox, self._latest = link, outbox, latest
        self._status_topic = status_topic
        self._historical_after_s = historical_after_s
        self._in_flight: dict[int, int] = {}
        self._last_sent_id = 0
        self._offline_number: int | None = None
        self.accepted = False
        self.ended: Refused | Lost | None = None
        self.said_offline = False

    def handle(self, happenings: list[Happening]) -> None:
        """Take in what the link reported; acknowledged rows leave the outbox in one commit."""
        done: list[int] = []
        for happening in happenings:
            if isinstance(happening, Accepted):
                self.accepted = True
                self._latest.start_over()
                self._send(Message(self._status_topic, ONLINE), _NOT_A_ROW, retain=True)
            elif isinstance(happening, Acknowledged):
                row_id = self._in_flight.pop(happening.number, _NOT_A_ROW)
                self.said_offline |= happening.number == self._offline_number
                if row_id != _NOT_A_ROW:
                    done.append(row_id)
            elif isinstance(happening, (Refused, Lost)):
                self.ended = happening
        self._outbox.acknowledge(done)

    def send_due(self) -> None:
        """Send what may be sent now: live figures, then states, then the oldest rows."""
        if not self.accepted or self.ended or self._offline_number is not None:
            return
        live = self._latest.take_live()
        # Behind a stalled network QoS 0 would pile up without bound; it is stale by then anyway.
        for message in [] if self._link.congested else live:
            self._link.send(message, qos=0, retain=message.topic.endswith("/stats"))
        while self._room and (state := self._latest.take_state()) is not None:
            self._send(state, _NOT_A_ROW, retain=True)
        if self._room:
            self._send_rows()

    @property
    def drained(self) -> bool:
        """Whether the broker has acknowledged everything, and nothing more waits."""
        return self.accepted and not self._in_flight and self._outbox.stats().rows == 0

    def say_offline(self) -> None:
        """Publish ``offline``; nothing is sent after it."""
        if self.accepted and self._offline_number is None:
            self._offline_number = self._link.send(Message(self._status_topic, OFFLINE), qos=1, retain=True)

    @property
    def _room(self) -> int:
        return MAX_IN_FLIGHT - 1 - len(self._in_flight)  # One place is kept for ``offline``.

    def _send_rows(self) -> None:
        for row in self._outbox.pending(after=self._last_sent_id, limit=self._room):
            late = row.age_s > self._historical_after_s
            message = (
                row.message._replace(payload=as_historical(row.message.payload)) if late else row.message
            )
            self._send(message, row.id, retain=False)
            self._last_sent_id = row.id

    def _send(self, message: Message, row_id: int, *, retain: bool) -> None:
        self._in_flight[self._link.send(message, qos=1, retain=retain)] = row_id

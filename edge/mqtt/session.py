"""One connection's life on the publisher's side: what is sent when. No threads, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from edge.mqtt import refusals
from edge.mqtt.happenings import (
    Accepted,
    Acknowledged,
    Arrived,
    Happening,
    Lost,
    Refused,
    Rejected,
    Subscribed,
)
from edge.mqtt.latest import LatestMessages
from edge.mqtt.link import MAX_IN_FLIGHT, Link
from edge.mqtt.outbox import Outbox
from edge.mqtt.payload import Message, as_historical
from edge.mqtt.row_feed import RowFeed
from edge.mqtt.settings import MqttSettings
from edge.mqtt.topics import OFFLINE, ONLINE, Topics

_NOT_A_ROW = 0
#: After the broker has rejected a window, nothing of the outbox is sent for so long.
_HOLD_S = 30.0
_STEP_S = 1.0
_BACKLOG_STEP_S = 0.05


class Heard(NamedTuple):
    """A command as it arrived; ``late`` where it was sent before this connection listened."""

    arrived: Arrived
    late: bool


class _Sent(NamedTuple):
    row_id: int
    topic: str
    at_s: float


class MqttSession:
    """Sends from outbox and states within the in-flight window, and deletes what is acknowledged.

    What an earlier connection sent and the broker did not acknowledge is sent again, in order, with
    the same id.
    """

    def __init__(
        self,
        link: Link,
        outbox: Outbox,
        latest: LatestMessages,
        topics: Topics,
        settings: MqttSettings,
        birth_topic: str | None = None,
    ) -> None:
        """Prepare; on ``birth_topic`` somebody says online who wants to hear all states again."""
        self._link, self._outbox, self._latest = link, outbox, latest
        self._topics, self._settings, self._birth_topic = topics, settings, birth_topic
        self._in_flight: dict[int, _Sent] = {}
        self._window = MAX_IN_FLIGHT
        self._feed: RowFeed | None = None
        self._hold_until_s = 0.0
        self._answers_missing = 0
        self._offline_number: int | None = None
        self.accepted = False
        self.ended: Refused | Lost | None = None
        self.said_offline = False
        #: Windows that the broker has acknowledged.
        self.delivered = 0
        self._rejections: dict[str, str] = {}

    def handle(self, happenings: Sequence[Happening], now_s: float) -> list[Heard]:
        """Take in what the link reported; acknowledged rows leave the outbox in one commit."""
        done: list[int] = []
        heard: list[Heard] = []
        for happening in happenings:
            if isinstance(happening, Accepted):
                self._begin(happening, now_s)
            elif isinstance(happening, Subscribed):
                self._note_subscribed(happening)
            elif isinstance(happening, Acknowledged):
                sent = self._settled(happening.number)
                if self._feed is not None:  # else acknowledged behind one that was rejected
                    self._rejections.pop(sent.topic, None)
                done += [sent.row_id] if sent.row_id != _NOT_A_ROW else []
                self._latest.acknowledged(sent.topic)
            elif isinstance(happening, Rejected):
                self._reject(happening, now_s)
            elif isinstance(happening, Arrived):
                heard += self._commands(happening)
            else:
                self.ended = happening
        self._outbox.acknowledge(done)
        self.delivered += len(done)
        return heard

    def send_due(self, now_s: float) -> None:
        """Send what may be sent now: live figures, then states and answers, then rows."""
        if not self.accepted or self.ended or self._offline_number is not None:
            return
        oldest = next(iter(self._in_flight.values()), None)
        if oldest is not None and now_s - oldest.at_s > self._settings.ack_timeout_s:
            self.ended = Lost(f"no acknowledgement for {self._settings.ack_timeout_s:g} s")
            return
        live = self._latest.take_live()
        # Behind a stalled network QoS 0 would pile up without bound; it is stale by then anyway.
        for message in [] if self._link.congested else live:
            self._link.send(message, qos=0, retain=message.topic == self._topics.stats)
        while self._room and (state := self._latest.take_state()) is not None:
            self._send(state, _NOT_A_ROW, now_s, retain=True)
        while self._room and (answer := self._latest.take_answer()) is not None:
            self._send(answer, _NOT_A_ROW, now_s, retain=False)
        self._send_rows(now_s)

    @property
    def rejection(self) -> str | None:
        """Why the broker does not take something that we send, though it let us in; None while it does."""
        return next(iter(self._rejections.values()), None)

    @property
    def wait_s(self) -> float:
        """How long the network may be waited for; a rate-limited backlog asks to be looked at sooner."""
        waits = self._feed is not None and self._feed.backlog_waits
        return _BACKLOG_STEP_S if waits else _STEP_S

    @property
    def drained(self) -> bool:
        """Whether the broker has acknowledged everything, and nothing more waits."""
        return self.accepted and not self._in_flight and self._outbox.stats().rows == 0

    def say_online(self, now_s: float) -> None:
        """Publish ``online``: at the beginning, and when somebody asks for a rebirth."""
        if self.accepted and self._offline_number is None:
            self._send(Message(self._topics.status, ONLINE), _NOT_A_ROW, now_s, retain=True)

    def say_offline(self) -> None:
        """Publish ``offline``; nothing is sent after it."""
        if self.accepted and self._offline_number is None:
            offline = Message(self._topics.status, OFFLINE)
            self._offline_number = self._link.send(offline, qos=1, retain=True)

    @property
    def _room(self) -> int:
        return max(0, self._window - 1 - len(self._in_flight))  # One place is kept for ``offline``.

    def _begin(self, accepted: Accepted, now_s: float) -> None:
        self.accepted = True
        self._window = min(MAX_IN_FLIGHT, max(2, accepted.receive_maximum))
        self._latest.start_over()
        self._begin_feed(now_s)
        birth = [] if self._birth_topic is None else [self._birth_topic]
        for topic_filter in [*birth, *self._topics.command_filters]:
            self._link.subscribe(topic_filter, 1)
            self._answers_missing += 1
        self.say_online(now_s)

    def _begin_feed(self, now_s: float) -> None:
        self._feed = RowFeed(
            self._outbox,
            historical_after_s=self._settings.historical_after_s,
            backlog_rate_hz=self._settings.backlog_rate_hz,
            now_s=now_s,
        )

    def _send_rows(self, now_s: float) -> None:
        if self._feed is None:
            if now_s < self._hold_until_s or self._in_flight:
                return
            self._begin_feed(now_s)
        elif self._some_were_missed:
            self._begin_feed(now_s)
        assert self._feed is not None  # noqa: S101 - begun above
        for row in self._feed.take(self._room, now_s, self._window - 1) if self._room else []:
            late = row.age_s > self._settings.historical_after_s
            payload = as_historical(row.message.payload) if late else row.message.payload
            self._send(row.message._replace(payload=payload), row.id, now_s, retain=False)

    @property
    def _some_were_missed(self) -> bool:
        """Whether rows wait that the feed has gone past: the outbox's file came late, or one read failed."""
        asleep = self._feed is not None and not self._feed.backlog_waits and not self._in_flight
        return asleep and self._outbox.stats().rows > 0

    def _send(self, message: Message, row_id: int, now_s: float, *, retain: bool) -> None:
        number = self._link.send(message, qos=1, retain=retain)
        self._in_flight[number] = _Sent(row_id, message.topic, now_s)

    def _note_subscribed(self, subscribed: Subscribed) -> None:
        self._answers_missing -= 1
        topic_filter, refused = subscribed.topic_filter, subscribed.refused
        if refused is not None:
            self._rejections[topic_filter] = refusals.no_subscription(topic_filter, refused)

    def _commands(self, arrived: Arrived) -> list[Heard]:
        if arrived.message.topic != self._birth_topic:
            return [Heard(arrived, late=self._answers_missing > 0)]
        if arrived.message.payload == ONLINE:
            self._latest.start_over()
        return []

    def _settled(self, number: int) -> _Sent:
        self.said_offline |= number == self._offline_number
        return self._in_flight.pop(number, _Sent(_NOT_A_ROW, "", 0.0))

    def _reject(self, rejected: Rejected, now_s: float) -> None:
        """A window that can never be taken is given up; any other waits until the broker is put right."""
        sent = self._settled(rejected.number)
        self._rejections[sent.topic] = refusals.rejection(rejected, sent.topic)
        if sent.row_id == _NOT_A_ROW:
            return
        if rejected.code in refusals.HOPELESS:
            self._outbox.give_up(sent.row_id)
            return
        self._feed, self._hold_until_s = None, now_s + _HOLD_S

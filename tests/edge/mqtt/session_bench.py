"""An outbox, a link and a session, driven by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from edge.mqtt.happenings import Accepted, Acknowledged
from edge.mqtt.latest import LatestMessages
from edge.mqtt.outbox import Outbox
from edge.mqtt.payload import Message
from edge.mqtt.session import MqttSession
from edge.mqtt.settings import MqttSettings, OutboxSettings
from edge.mqtt.topics import Topics
from tests.edge.mqtt.fake_link import FakeLink
from tests.edge.mqtt.fast_disk import fast

SETTINGS = MqttSettings(host="broker.local", historical_after_s=60, backlog_rate_hz=10)
STATUS = "emotion/v1/lab/pi-1/status"
WINDOW = "emotion/v1/lab/pi-1/door/window"
STATE = "emotion/v1/lab/pi-1/door/state"


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Bench:
    """An outbox, a link and a session, driven by hand."""

    def __init__(self, outbox: Outbox, clock: Clock) -> None:
        self.outbox, self.clock = outbox, clock
        self.latest = LatestMessages()
        self.connect()

    def connect(self, birth_topic: str | None = None) -> None:
        self.link = FakeLink()
        self.session = MqttSession(
            self.link, self.outbox, self.latest, Topics("lab", "pi-1"), SETTINGS, birth_topic
        )

    def accept(self) -> None:
        self.session.handle([Accepted()], self.clock())
        self.session.send_due(self.clock())

    def acknowledge(self, *numbers: int) -> None:
        self.session.handle([Acknowledged(number) for number in numbers], self.clock())
        self.session.send_due(self.clock())

    def append(self, count: int, first: int = 0) -> None:
        for number in range(first, first + count):
            self.outbox.append(Message(WINDOW, f'{{"id":{number},"historical":false}}'.encode()))

    @property
    def ids(self) -> list[int]:
        return [json.loads(s.message.payload)["id"] for s in self.link.sent if s.message.topic == WINDOW]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    clock = Clock()
    with closing(Outbox(OutboxSettings(path=tmp_path / "outbox.sqlite3"), monotonic=clock)) as outbox:
        fast(outbox)  # the disk is not what is tested
        yield Bench(outbox, clock)

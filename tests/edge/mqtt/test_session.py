from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from edge.mqtt.latest import LatestMessages
from edge.mqtt.link import Accepted, Acknowledged, Lost
from edge.mqtt.outbox import Outbox
from edge.mqtt.payload import Message
from edge.mqtt.session import MqttSession
from edge.mqtt.settings import OutboxSettings
from tests.edge.mqtt.fake_link import FakeLink

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

    def connect(self) -> None:
        self.link = FakeLink()
        self.session = MqttSession(self.link, self.outbox, self.latest, STATUS, historical_after_s=60)

    def accept(self) -> None:
        self.session.handle([Accepted()])
        self.session.send_due()

    def acknowledge(self, *numbers: int) -> None:
        self.session.handle([Acknowledged(number) for number in numbers])
        self.session.send_due()

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
        outbox._connection.execute("PRAGMA synchronous=OFF")  # the disk is not what is tested
        yield Bench(outbox, clock)


def test_nothing_is_sent_before_the_broker_lets_us_in(bench: Bench) -> None:
    bench.append(1)
    bench.session.send_due()
    assert bench.link.sent == []


def test_online_comes_first_and_is_retained(bench: Bench) -> None:
    bench.append(1)
    bench.accept()
    first = bench.link.sent[0]
    assert first[1:] == (Message(STATUS, b"online"), 1, True)
    assert bench.ids == [0]


def test_never_more_than_twenty_are_under_way_and_room_is_used_at_once(bench: Bench) -> None:
    bench.append(50)
    bench.accept()
    assert len(bench.link.sent) == 19  # one place is kept for ``offline``
    bench.acknowledge(1, 2, 3)
    assert len(bench.link.sent) == 22
    assert bench.ids == list(range(21))


def test_a_row_leaves_the_outbox_at_its_acknowledgement_and_not_before(bench: Bench) -> None:
    bench.append(2)
    bench.accept()
    assert bench.outbox.stats().rows == 2
    bench.acknowledge(3)
    assert [json.loads(r.message.payload)["id"] for r in bench.outbox.pending(after=0, limit=9)] == [0]


def test_after_a_reconnect_what_was_not_acknowledged_is_sent_again_in_order_before_what_is_new(
    bench: Bench,
) -> None:
    bench.append(5)
    bench.accept()
    bench.acknowledge(1, 2, 4)  # online, and the windows 0 and 2
    bench.session.handle([Lost("cable")])
    bench.append(2, first=5)
    bench.connect()
    bench.accept()
    assert bench.ids == [1, 3, 4, 5, 6]


def test_an_acknowledgement_of_something_else_deletes_nothing(bench: Bench) -> None:
    bench.append(1)
    bench.accept()
    bench.acknowledge(1, 77)
    assert bench.outbox.stats().rows == 1


def test_states_are_sent_at_each_connect_and_only_the_newest(bench: Bench) -> None:
    bench.latest.put_state(Message(STATE, b"stalled"))
    bench.latest.put_state(Message(STATE, b"streaming"))
    for _ in range(2):
        bench.connect()
        bench.accept()
        sent = [(s.message.payload, s.qos, s.retain) for s in bench.link.sent if s.message.topic == STATE]
        assert sent == [(b"streaming", 1, True)]


def test_live_figures_are_sent_once_at_qos_0_and_none_from_before_the_connection(bench: Bench) -> None:
    now, stats = "emotion/v1/lab/pi-1/door/now", "emotion/v1/lab/pi-1/stats"
    bench.latest.put_live(Message(now, b"stale"))
    bench.accept()
    bench.latest.put_live(Message(now, b"old"))
    bench.latest.put_live(Message(now, b"new"))
    bench.latest.put_live(Message(stats, b"figures"))
    bench.session.send_due()
    bench.session.send_due()
    live = [s[1:] for s in bench.link.sent if s.qos == 0]
    assert live == [(Message(now, b"new"), 0, False), (Message(stats, b"figures"), 0, True)]


def test_behind_a_stalled_network_live_figures_are_dropped(bench: Bench) -> None:
    bench.accept()
    bench.link.congested = True
    bench.latest.put_live(Message("t/now", b"1"))
    bench.session.send_due()
    bench.link.congested = False
    bench.session.send_due()
    assert [s for s in bench.link.sent if s.qos == 0] == []


def test_only_what_waited_longer_than_the_bound_is_marked_historical(bench: Bench) -> None:
    bench.append(1)
    bench.clock.now_s = 50
    bench.append(1, first=1)
    bench.clock.now_s = 61
    bench.accept()
    windows = [json.loads(s.message.payload) for s in bench.link.sent if s.message.topic == WINDOW]
    assert [w["historical"] for w in windows] == [True, False]


def test_offline_is_the_last_word(bench: Bench) -> None:
    bench.append(30)
    bench.accept()
    bench.session.say_offline()
    bench.session.say_offline()
    offline = bench.link.sent[-1]
    assert offline[1:] == (Message(STATUS, b"offline"), 1, True)
    bench.acknowledge(*range(1, 19))
    assert bench.link.sent[-1] == offline
    assert not bench.session.said_offline
    bench.acknowledge(offline.number)
    assert bench.session.said_offline


def test_all_is_drained_when_the_broker_has_everything(bench: Bench) -> None:
    assert not bench.session.drained
    bench.append(1)
    bench.accept()
    bench.acknowledge(1)
    assert not bench.session.drained
    bench.acknowledge(2)
    assert bench.session.drained

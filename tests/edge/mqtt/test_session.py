from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from edge.mqtt.happenings import Accepted, Acknowledged, Arrived, Lost, Rejected, Subscribed
from edge.mqtt.latest import LatestMessages
from edge.mqtt.outbox import Outbox
from edge.mqtt.payload import Message
from edge.mqtt.session import MqttSession
from edge.mqtt.settings import MqttSettings, OutboxSettings
from edge.mqtt.topics import Topics
from edge.stats import OutboxStats
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


def test_nothing_is_sent_before_the_broker_lets_us_in(bench: Bench) -> None:
    bench.append(1)
    bench.session.send_due(bench.clock())
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
    bench.session.handle([Lost("cable")], bench.clock())
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
    bench.session.send_due(bench.clock())
    bench.session.send_due(bench.clock())
    live = [s[1:] for s in bench.link.sent if s.qos == 0]
    assert live == [(Message(now, b"new"), 0, False), (Message(stats, b"figures"), 0, True)]


def test_behind_a_stalled_network_live_figures_are_dropped(bench: Bench) -> None:
    bench.accept()
    bench.link.congested = True
    bench.latest.put_live(Message("t/now", b"1"))
    bench.session.send_due(bench.clock())
    bench.link.congested = False
    bench.session.send_due(bench.clock())
    assert [s for s in bench.link.sent if s.qos == 0] == []


def test_after_an_outage_what_is_fresh_goes_first_and_what_waited_is_marked_historical(bench: Bench) -> None:
    bench.append(2)
    bench.clock.now_s = 50
    bench.append(1, first=2)
    bench.clock.now_s = 61
    bench.accept()
    windows = [json.loads(s.message.payload) for s in bench.link.sent if s.message.topic == WINDOW]
    assert [(w["id"], w["historical"]) for w in windows] == [(2, False), (0, True)]


def test_the_backlog_goes_out_in_order_at_its_rate_and_holds_up_no_fresh_window(bench: Bench) -> None:
    bench.append(100)
    bench.clock.now_s = 1000
    bench.accept()
    assert bench.session.wait_s < 0.1
    for turn in range(1, 51):
        bench.clock.now_s = 1000 + turn / 10
        if turn == 20:
            bench.append(1, first=1000)
        bench.acknowledge(*(sent.number for sent in bench.link.sent))
    historical = [number for number in bench.ids if number < 1000]
    assert historical == list(range(len(historical)))
    assert 48 <= len(historical) <= 52, "10 a second over 5 s"
    assert 18 <= bench.ids.index(1000) <= 21, "sent in its own turn"


def test_the_backlog_leaves_places_for_fresh_windows(bench: Bench) -> None:
    bench.append(100)
    bench.clock.now_s = 1000
    bench.accept()
    for turn in range(100):  # nothing is acknowledged
        bench.clock.now_s = 1000 + turn / 20
        bench.session.send_due(bench.clock())
    assert len(bench.ids) == 9  # and ``online``: half of the window
    bench.append(3, first=1000)
    bench.session.send_due(bench.clock())
    assert bench.ids[-3:] == [1000, 1001, 1002]


def test_a_broker_that_takes_fewer_at_once_is_not_sent_more(bench: Bench) -> None:
    bench.append(50)
    bench.session.handle([Accepted(receive_maximum=5)], 0.0)
    bench.session.send_due(0.0)
    assert len(bench.link.sent) == 4


def test_a_rejected_window_waits_until_the_broker_is_put_right_and_is_named(bench: Bench) -> None:
    bench.append(2)
    bench.accept()
    bench.session.handle([Acknowledged(1), Rejected(2, 135, "Not authorized"), Acknowledged(3)], 1.0)
    bench.session.send_due(1.0)
    assert "let this device's user write below its own root" in str(bench.session.rejection)
    assert bench.ids == [0, 1]
    assert bench.outbox.stats() == OutboxStats(rows=1, bytes=bench.outbox.stats().bytes, lost=0)
    bench.session.send_due(32.0)
    assert bench.ids == [0, 1, 0]
    bench.session.handle([Acknowledged(4)], 32.1)
    assert bench.session.rejection is None


def test_a_window_that_can_never_be_taken_is_given_up_and_the_next_one_goes(bench: Bench) -> None:
    bench.append(1)
    bench.accept()
    bench.session.handle([Rejected(2, 149, "Packet too large")], 0.0)
    bench.append(1, first=1)
    bench.session.send_due(0.0)
    assert bench.ids == [0, 1]
    assert (bench.outbox.stats().rows, bench.outbox.stats().lost) == (1, 1)


def test_without_acknowledgements_the_connection_is_given_up(bench: Bench) -> None:
    bench.accept()
    bench.session.send_due(9.9)
    assert bench.session.ended is None
    bench.session.send_due(10.1)
    assert bench.session.ended == Lost("no acknowledgement for 10 s")


def test_commands_are_subscribed_to_and_what_was_sent_before_we_listened_is_late(bench: Bench) -> None:
    command = Arrived(Message("emotion/v1/lab/pi-1/set/rebirth", b"{}"), retained=False)
    bench.accept()
    assert bench.link.filters == [("emotion/v1/lab/pi-1/set/+", 1), ("emotion/v1/lab/pi-1/+/set/+", 1)]
    heard = bench.session.handle([command, Subscribed(), command, Subscribed(), command], 0.0)
    assert [one.late for one in heard] == [True, True, False]


def test_a_refused_subscription_is_named(bench: Bench) -> None:
    bench.accept()
    bench.session.handle([Subscribed("Not authorized", "emotion/v1/lab/pi-1/set/+")], 0.0)
    assert "emotion/v1/lab/pi-1/set/+: Not authorized" in str(bench.session.rejection)


def test_who_comes_online_hears_all_states_again_and_is_not_taken_for_a_command(bench: Bench) -> None:
    birth = "homeassistant/status"
    bench.connect(birth)
    bench.latest.put_state(Message(STATE, b"streaming"))
    bench.accept()
    assert bench.link.filters[0] == (birth, 1)
    for payload in (b"offline", b"online"):
        assert bench.session.handle([Arrived(Message(birth, payload), retained=False)], 0.0) == []
        bench.session.send_due(0.0)
    assert bench.link.payloads == [b"online", b"streaming", b"streaming"]


def test_answers_are_sent_once_and_not_retained(bench: Bench) -> None:
    bench.accept()
    answer = Message("emotion/v1/lab/pi-1/result/reload", b"{}", b"7")
    bench.latest.put_answer(answer)
    for _ in range(2):
        bench.session.send_due(0.0)
    assert [s[1:] for s in bench.link.sent if s.message == answer] == [(answer, 1, False)]


def test_a_forgotten_state_is_cleared_until_the_broker_has_acknowledged_it(bench: Bench) -> None:
    bench.latest.put_state(Message(STATE, b"streaming"))
    bench.latest.forget_state(STATE)
    for acknowledged in (False, True):
        bench.connect()
        bench.accept()
        cleared = [s for s in bench.link.sent if s.message.topic == STATE]
        assert [s.message.payload for s in cleared] == [b""]
        assert bench.latest.remembered(STATE)
        if acknowledged:
            bench.acknowledge(cleared[0].number)
    assert not bench.latest.remembered(STATE)
    bench.connect()
    bench.accept()
    assert [s for s in bench.link.sent if s.message.topic == STATE] == []


def test_what_comes_back_before_it_was_forgotten_stays(bench: Bench) -> None:
    bench.latest.forget_state(STATE)
    bench.latest.put_state(Message(STATE, b"streaming"))
    bench.accept()
    assert [s.message.payload for s in bench.link.sent if s.message.topic == STATE] == [b"streaming"]


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

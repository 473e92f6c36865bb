from __future__ import annotations

from edge.mqtt.happenings import Arrived
from edge.mqtt.payload import Message
from tests.edge.mqtt.session_bench import STATE, Bench, bench

__all__ = ["bench"]  # the fixture


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

from __future__ import annotations

import json

from tests.edge.mqtt.session_bench import WINDOW, Bench, bench

__all__ = ["bench"]  # the fixture


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

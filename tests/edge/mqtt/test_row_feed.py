from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from edge.mqtt.happenings import Accepted
from edge.mqtt.outbox import Outbox
from edge.mqtt.outbox_file import OutboxFile, Stored
from edge.mqtt.settings import OutboxSettings
from tests.edge.mqtt.session_bench import WINDOW, Bench, Clock, bench

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


@pytest.mark.parametrize("allowed", [2, 5, 10])
def test_the_backlog_goes_out_also_to_a_broker_that_allows_few_in_flight(bench: Bench, allowed: int) -> None:
    bench.append(20)
    bench.clock.now_s = 1000
    bench.session.handle([Accepted(receive_maximum=allowed)], bench.clock())
    _serve(bench, 10)
    assert sorted(bench.ids) == list(range(20))
    assert bench.session.drained


def test_a_read_that_fails_once_holds_nothing_back(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.append(50)
    bench.clock.now_s = 1000
    bench.accept()
    with monkeypatch.context() as patched:
        patched.setattr(OutboxFile, "rows", _unreadable)
        _serve(bench, 1)
    _serve(bench, 10)
    assert sorted(bench.ids) == list(range(50))
    assert bench.session.drained


def test_what_an_earlier_run_left_is_sent_when_its_disk_comes_after_the_connection(tmp_path: Path) -> None:
    mounted, kept, clock = tmp_path / "disk", tmp_path / "kept", Clock()
    with closing(Outbox(OutboxSettings(path=kept / "outbox.sqlite3"), monotonic=clock)) as earlier:
        Bench(earlier, clock).append(3)
    mounted.write_text("")  # nothing can be made below it
    with closing(Outbox(OutboxSettings(path=mounted / "outbox.sqlite3"), monotonic=clock)) as outbox:
        bench = Bench(outbox, clock)
        bench.accept()
        _serve(bench, 5)
        mounted.unlink()
        kept.rename(mounted)
        clock.now_s += 10
        bench.append(1, first=3)
        _serve(bench, 10)
        assert sorted(bench.ids) == [0, 1, 2, 3]
        assert bench.session.drained


def _serve(bench: Bench, seconds: int) -> None:
    """A broker that acknowledges what it is sent, each tenth of a second."""
    for _ in range(10 * seconds):
        bench.clock.now_s += 0.1
        bench.acknowledge(*(sent.number for sent in bench.link.sent))


def _unreadable(*_: object, **__: object) -> Iterator[Stored]:
    raise sqlite3.OperationalError("disk I/O error")

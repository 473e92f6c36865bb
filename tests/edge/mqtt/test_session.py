from __future__ import annotations

import json

from edge.mqtt.happenings import Accepted, Acknowledged, Arrived, Lost, Rejected, Subscribed
from edge.mqtt.payload import Message
from edge.stats import OutboxStats
from tests.edge.mqtt.session_bench import STATUS, Bench, bench

__all__ = ["bench"]  # the fixture


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

from __future__ import annotations

import json
from collections.abc import Callable
from math import inf

from edge.mqtt.outbox import Outbox
from tests.edge.mqtt.outbox_rig import Clocks, clocks, message, numbers, open_outbox, window

__all__ = ["clocks", "open_outbox"]  # the fixtures
#: Of what was made at 110 s, by the clock that arrives.
RIGHT = "2026-11-20T12:00:00.000Z"


def without_time(open_outbox: Callable[..., Outbox], clocks: Clocks, count: int) -> Outbox:
    """An outbox of windows that were made before the clock was set."""
    clocks.utc_s = 0.0
    outbox = open_outbox()
    for seq in range(count):
        outbox.append(window(seq, start_utc_s=clocks.utc_s, clock_synced=False), made_s=110.0)
    return outbox


def time_arrives(clocks: Clocks) -> None:
    clocks.monotonic_s += 50
    clocks.utc_s = 1_795_176_050.0


def test_beyond_its_age_the_oldest_go(open_outbox: Callable[..., Outbox], clocks: Clocks) -> None:
    outbox = open_outbox(max_age_s=60)
    outbox.append(message(0))
    clocks.monotonic_s += 50
    outbox.append(message(1))
    clocks.monotonic_s += 20
    outbox.append(message(2))
    assert numbers(outbox) == [1, 2]
    assert [row.age_s for row in outbox.pending(after=0, limit=9)] == [20, 0]


def test_a_wall_clock_that_steps_by_years_drops_nothing_of_this_run(
    open_outbox: Callable[..., Outbox], clocks: Clocks
) -> None:
    clocks.utc_s = 0.0
    outbox = open_outbox(max_age_s=60)
    outbox.append(message(0))
    clocks.utc_s = 1_795_176_000.0
    outbox.append(message(1))
    assert numbers(outbox) == [0, 1]


def test_what_an_earlier_run_left_is_aged_by_the_wall_clock(
    open_outbox: Callable[..., Outbox], clocks: Clocks
) -> None:
    first = open_outbox()
    first.append(message(0))
    first.close()
    clocks.utc_s, clocks.monotonic_s = clocks.utc_s + 40, 5.0  # rebooted: the other clock began anew
    second = open_outbox()
    assert [row.age_s for row in second.pending(after=0, limit=9)] == [40]
    second.close()
    clocks.utc_s += 100
    assert numbers(open_outbox(max_age_s=60)) == []


def test_the_first_right_time_puts_right_what_waits_and_leaves_what_was_sent(
    open_outbox: Callable[..., Outbox], clocks: Clocks
) -> None:
    outbox = without_time(open_outbox, clocks, 3)
    outbox.pending(after=0, limit=1)
    time_arrives(clocks)
    outbox.restamp()
    told = [json.loads(row.message.payload) for row in outbox.pending(after=0, limit=9)]
    assert [one["clock_synced"] for one in told] == [False, True, True]
    assert [one["start"] for one in told] == ["1970-01-01T00:00:00.000Z", *[RIGHT] * 2]


def test_right_times_are_written_down_some_at_a_time_and_outlive_a_restart(
    open_outbox: Callable[..., Outbox], clocks: Clocks
) -> None:
    outbox = without_time(open_outbox, clocks, 450)
    time_arrives(clocks)
    assert not outbox.restamp_some(), "time has not come yet"
    outbox.restamp()
    assert [outbox.restamp_some() for _ in range(4)] == [True, True, False, False]
    outbox.close()
    told = [json.loads(row.message.payload) for row in open_outbox().pending(after=0, limit=999)]
    assert {one["start"] for one in told} == {RIGHT}
    assert len(told) == 450


def test_what_is_sent_before_its_turn_has_the_right_time_and_is_the_same_when_sent_again(
    open_outbox: Callable[..., Outbox], clocks: Clocks
) -> None:
    outbox = without_time(open_outbox, clocks, 300)
    time_arrives(clocks)
    outbox.restamp()
    (sent,) = outbox.pending(after=299, limit=1)
    assert json.loads(sent.message.payload)["start"] == RIGHT
    clocks.utc_s += 3.0  # the clock is set once more, by a little
    while outbox.restamp_some():
        pass
    assert outbox.pending(after=299, limit=1)[0].message == sent.message


def test_what_was_stamped_by_a_clock_never_set_is_not_too_old_after_a_restart(
    open_outbox: Callable[..., Outbox], clocks: Clocks
) -> None:
    real_s, clocks.utc_s = clocks.utc_s, 12.0
    first = open_outbox(max_age_s=60)
    first.append(message(0))
    first.close()
    clocks.utc_s = real_s
    second = open_outbox(max_age_s=60)
    assert numbers(second) == [0]
    assert second.pending(after=0, limit=1)[0].age_s == inf, "so it is history, whatever the clock says"
    assert second.first_younger_than(60) == 2


def test_what_an_earlier_run_made_before_time_arrived_is_never_too_old(
    open_outbox: Callable[..., Outbox], clocks: Clocks
) -> None:
    real_s = clocks.utc_s
    clocks.utc_s -= 30 * 86_400  # it was switched off for a month, and its clock with it
    first = open_outbox(max_age_s=60)
    first.append(window(0, clock_synced=False))
    first.close()
    clocks.utc_s = real_s
    second = open_outbox(max_age_s=60)
    second.append(window(1))
    assert [row.age_s for row in second.pending(after=0, limit=9)] == [inf, 0]
    assert second.stats().lost == 0


def test_what_is_of_unknown_age_keeps_nothing_behind_it_that_is_too_old(
    open_outbox: Callable[..., Outbox], clocks: Clocks
) -> None:
    first = open_outbox(max_age_s=60)
    first.append(window(0, clock_synced=False))
    for seq in range(1, 4):
        first.append(window(seq))
    first.close()
    clocks.utc_s += 30 * 86_400
    second = open_outbox(max_age_s=60)
    second.append(window(4))
    second.append(window(5))
    assert [row.age_s for row in second.pending(after=0, limit=9)] == [inf, 0, 0]
    assert second.stats().lost == 3


def test_a_clock_that_is_not_set_yet_judges_nothing_and_does_once_it_is(
    open_outbox: Callable[..., Outbox], clocks: Clocks
) -> None:
    first = open_outbox(max_age_s=60)
    first.append(window(0))
    first.close()
    real_s, clocks.utc_s = clocks.utc_s, 12.0
    second = open_outbox(max_age_s=60)
    second.append(window(1, clock_synced=False))
    assert second.stats().lost == 0
    clocks.utc_s = real_s + 3600
    second.append(window(2))
    assert second.stats().lost == 1


def test_the_first_younger_row_is_found_across_runs(
    open_outbox: Callable[..., Outbox], clocks: Clocks
) -> None:
    first = open_outbox()
    assert first.first_younger_than(60) == 1
    first.append(message(0))
    first.close()
    clocks.utc_s += 100
    second = open_outbox()
    second.append(message(1))
    second.append(message(2))
    assert [r.message for r in second.pending(after=second.first_younger_than(60) - 1, limit=9)] == [
        message(1), message(2),
    ]  # fmt: skip
    clocks.monotonic_s += 61
    assert second.pending(after=second.first_younger_than(60) - 1, limit=9) == []


def test_a_disk_that_takes_nothing_keeps_back_no_row_while_times_are_put_right(
    open_outbox: Callable[..., Outbox], clocks: Clocks
) -> None:
    outbox = without_time(open_outbox, clocks, 3)
    time_arrives(clocks)
    outbox.restamp()
    assert outbox._file is not None
    outbox._file.connection.execute("PRAGMA query_only = ON")
    told = [json.loads(row.message.payload)["start"] for row in outbox.pending(after=0, limit=9)]
    assert told == [RIGHT] * 3
    outbox._file.connection.execute("PRAGMA query_only = OFF")

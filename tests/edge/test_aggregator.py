from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.aggregator import WindowAggregator, WindowLimits
from edge.datatypes import EmotionEvent
from tests.builders import frame, observation


def windows(window_s: float = 10.0, k_min: int = 1) -> WindowAggregator:
    return WindowAggregator("door", WindowLimits(window_s, k_min))


def test_a_window_closes_with_the_first_frame_after_its_end() -> None:
    aggregator = windows()
    closed = [aggregator.update(frame(i * 0.5), [observation()]) for i in range(21)]
    assert [len(events) for events in closed] == [0] * 20 + [1]
    (event,) = closed[-1]
    assert (event.capture.frames, event.end_utc_s - event.start_utc_s) == (20, 10.0)
    assert event.capture.fps == pytest.approx(2.0)


def test_shares_are_of_labelled_observations_and_abstentions_are_told_apart() -> None:
    aggregator = windows()
    for i, label in enumerate(["happy", "happy", "neutral", None]):
        aggregator.update(frame(i), [observation(label)])
    (event,) = aggregator.flush()
    assert event.shares is not None
    assert dict(event.shares) == pytest.approx({"happy": 2 / 3, "neutral": 1 / 3})
    assert event.dominant == "happy"
    assert event.abstained_share == 0.25


def test_the_largest_share_is_the_dominant_one_and_ties_go_by_name() -> None:
    aggregator = windows()
    for i, label in enumerate(["sad", "happy", "neutral", "angry", "happy"]):
        aggregator.update(frame(i), [observation(label)])
    (event,) = aggregator.flush()
    assert event.shares is not None
    assert list(event.shares) == ["happy", "angry", "neutral", "sad"]
    assert event.dominant == "happy"


def test_the_rate_of_a_window_is_that_of_its_frames_however_long_the_device_is_on() -> None:
    aggregator = windows()
    for at_s in (5000.0, 5000.25, 5000.5):
        aggregator.update(frame(at_s), [])
    assert aggregator.flush()[0].capture.fps == pytest.approx(4)
    aggregator.update(frame(5011), [])
    assert aggregator.flush()[0].capture.fps == 0, "of one frame nobody knows"


def test_a_window_ends_on_the_clock_that_never_steps_too() -> None:
    aggregator = windows()
    aggregator.update(frame(72), [])
    (closed,) = aggregator.update(frame(84), [])
    assert closed.end_monotonic_s == pytest.approx(82)
    aggregator.update(frame(87), [])
    assert aggregator.flush()[0].end_monotonic_s == pytest.approx(87)


def test_faces_in_view_are_counted() -> None:
    aggregator = windows()
    aggregator.update(frame(0), [observation(id=1), observation(id=2)])
    aggregator.update(frame(1), [observation(id=2)])
    (event,) = aggregator.flush()
    assert event.faces is not None
    assert (event.faces.tracks, event.faces.mean_in_view, event.faces.max_in_view) == (2, 1.5, 2)
    assert event.faces.observations == 3


def test_a_silent_camera_closes_its_window_by_deadline() -> None:
    aggregator = windows()
    aggregator.update(frame(3), [observation()])
    assert aggregator.close_due(13.9) == []
    assert len(aggregator.close_due(14.0)) == 1
    assert aggregator.close_due(100.0) == []


def test_windows_stay_on_their_grid_over_a_gap_and_the_gap_gives_none() -> None:
    aggregator = windows()
    aggregator.update(frame(2), [])
    (first,) = aggregator.update(frame(47), [])
    (second,) = aggregator.flush()
    assert second.start_utc_s - first.start_utc_s == 40.0


def test_drops_are_those_of_the_window() -> None:
    aggregator = windows()
    aggregator.update(frame(0, dropped=3), [])
    aggregator.update(frame(9, dropped=5), [])
    (first,) = aggregator.update(frame(11, dropped=6), [])
    (second,) = aggregator.flush()
    assert (first.capture.dropped, second.capture.dropped) == (5, 1)


def test_a_window_without_a_drop_has_none_of_those_before() -> None:
    aggregator = windows()
    aggregator.update(frame(0, dropped=7), [])
    aggregator.update(frame(11, dropped=7), [])
    assert aggregator.flush()[0].capture.dropped == 0


def test_drops_that_count_from_zero_again_never_go_below_zero() -> None:
    aggregator = windows()
    aggregator.update(frame(0, dropped=9), [])
    aggregator.update(frame(11, dropped=1), [])
    (event,) = aggregator.flush()
    assert event.capture.dropped == 1


def test_a_window_without_a_synchronised_clock_says_so() -> None:
    aggregator = windows()
    aggregator.update(frame(0, clock_synced=False), [])
    assert aggregator.flush()[0].clock_synced is False


@pytest.mark.parametrize("wrong_by_s", [-86_400, 86_400, -1_800_000_000])
def test_time_that_arrives_within_a_window_holds_for_all_of_it(wrong_by_s: float) -> None:
    aggregator = windows()
    aggregator.update(frame(0, clock_synced=False, utc_offset_s=1_800_000_000 + wrong_by_s), [])
    aggregator.update(frame(4), [])
    (event,) = aggregator.close_due(20)
    assert (event.start_utc_s, event.clock_synced) == (1_800_000_000, True)


@pytest.mark.parametrize("step_s", [-86_400, 86_400])
def test_a_wall_clock_that_steps_by_a_day_neither_loses_nor_repeats_a_window(step_s: float) -> None:
    aggregator = windows()
    offsets = [1_800_000_000.0] * 25 + [1_800_000_000.0 + step_s] * 25
    closed = [
        w for at, offset in enumerate(offsets) for w in aggregator.update(frame(at, utc_offset_s=offset), [])
    ]
    assert [w.capture.frames for w in closed] == [10, 10, 10, 10]
    assert len({w.start_utc_s for w in closed}) == 4


def test_a_look_at_the_open_window_is_what_closing_it_would_give_and_leaves_it_open() -> None:
    aggregator = windows()
    assert aggregator.peek() is None
    aggregator.update(frame(0), [observation()])
    seen = aggregator.peek()
    assert [seen] == aggregator.flush()
    assert aggregator.peek() is None


def test_a_single_frame_makes_a_window_that_lasts() -> None:
    aggregator = windows()
    aggregator.update(frame(0), [observation()])
    (only,) = aggregator.flush()
    assert 0 < only.end_utc_s - only.start_utc_s <= 0.0011


def test_a_window_seen_by_too_few_is_suppressed_when_it_is_looked_at_too() -> None:
    aggregator = windows(k_min=2)
    aggregator.update(frame(0), [observation()])
    seen = aggregator.peek()
    assert seen is not None
    assert (seen.suppressed, seen.faces, seen.shares) == (True, None, None)


def test_another_length_closes_the_open_window_and_begins_a_new_grid() -> None:
    aggregator = windows()
    aggregator.update(frame(0), [])
    aggregator.update(frame(3), [])
    (cut,) = aggregator.change_length(2)
    assert cut.end_utc_s - cut.start_utc_s == 3
    aggregator.update(frame(3.5), [])
    (closed,) = aggregator.update(frame(5.6), [])
    assert closed.end_utc_s - closed.start_utc_s == 2


def test_a_source_whose_time_starts_again_opens_a_new_window() -> None:
    aggregator = windows()
    aggregator.update(frame(25), [observation()])
    (before,) = aggregator.update(frame(4), [observation()])
    assert before.capture.frames == 1
    (after,) = aggregator.update(frame(14), [observation()])
    assert after.start_utc_s == frame(4).utc_s


def test_what_was_seen_once_or_twice_does_not_make_a_crowd() -> None:
    aggregator = windows(k_min=2)
    for i in range(4):
        aggregator.update(frame(i), [observation(id=1), observation(id=10 + i)])
    (event,) = aggregator.flush()
    assert event.suppressed
    for i in range(4):
        aggregator.update(frame(i), [observation(id=1), observation(id=2)])
    assert not aggregator.flush()[0].suppressed


def test_what_counts_at_the_moment_is_what_counts_in_a_window_and_goes_on_into_the_next() -> None:
    aggregator = windows(k_min=2)
    in_view = [observation(id=1), observation(id=2)]
    for i in range(3):
        assert aggregator.counted(in_view) == []
        aggregator.update(frame(8 + i * 0.5), in_view)
    assert aggregator.counted([*in_view, observation(id=3)]) == in_view
    assert len(aggregator.update(frame(18.5), [observation(id=1)])) == 1
    assert aggregator.counted(in_view) == in_view
    aggregator.update(frame(29), [])
    assert aggregator.counted(in_view) == in_view[:1]
    assert windows().counted(in_view) == in_view


faces = st.lists(st.sets(st.integers(1, 12), max_size=6), min_size=1, max_size=30)


@given(faces, st.integers(1, 8))
def test_no_window_below_k_min_tells_counts_or_shares(in_view: list[set[int]], k_min: int) -> None:
    aggregator = windows(k_min=k_min)
    events: list[EmotionEvent] = []
    for i, ids in enumerate(in_view):
        events += aggregator.update(frame(i * 3.0), [observation(id=id_) for id_ in sorted(ids)])
    events += aggregator.flush()
    assert sum(event.capture.frames for event in events) == len(in_view)
    for event in events:
        hidden = event.faces is None and event.shares is None and event.abstained_share is None
        assert event.suppressed == hidden
        assert event.suppressed or (event.faces is not None and event.faces.tracks >= k_min)

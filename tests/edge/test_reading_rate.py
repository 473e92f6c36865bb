from __future__ import annotations

from edge.reading_rate import ReadingRate
from tests.builders import track


def test_each_track_is_due_at_its_own_rate() -> None:
    rate = ReadingRate(2.0)
    assert rate.due([track(1)], 0.0) == [True]
    assert rate.due([track(1), track(2)], 0.25) == [False, True]
    assert rate.due([track(1), track(2)], 0.5) == [True, False]


def test_without_a_rate_every_track_is_due() -> None:
    rate = ReadingRate(None)
    assert [rate.due([track(1), track(2)], at_s) for at_s in (0.0, 0.01)] == [[True, True]] * 2


def test_a_track_that_has_ended_is_forgotten_and_one_that_lives_is_not() -> None:
    rate = ReadingRate(1.0)
    rate.due([track(1), track(2)], 0.0)
    rate.forget([track(2)])
    assert rate.due([track(1), track(2)], 0.1) == [True, False]

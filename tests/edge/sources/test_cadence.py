from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.sources.cadence import Cadence


def taken(fps: float | None, times_s: list[float]) -> list[float]:
    cadence = Cadence(fps)
    return [t for t in times_s if cadence.due(t)]


def test_without_a_rate_every_frame_is_due() -> None:
    assert len(taken(None, [n / 30 for n in range(90)])) == 90


@pytest.mark.parametrize(
    ("camera_fps", "wanted_fps", "expected"), [(30, 15, 150), (30, 10, 100), (30, 12, 120), (25, 10, 100)]
)
def test_the_wanted_rate_is_met_on_average(camera_fps: float, wanted_fps: float, expected: int) -> None:
    times_s = [n / camera_fps for n in range(round(10 * camera_fps))]

    assert len(taken(wanted_fps, times_s)) == pytest.approx(expected, abs=1)


def test_jitter_round_the_wanted_rate_does_not_halve_it() -> None:
    times_s = [n / 30 + (-0.005 if n % 2 else 0.005) for n in range(300)]

    assert len(taken(15, times_s)) == pytest.approx(150, abs=2)


def test_a_slow_camera_gives_all_it_has() -> None:
    assert len(taken(30, [n / 5 for n in range(50)])) == 50


def test_a_gap_is_not_followed_by_a_burst() -> None:
    after_gap = [10 + n / 30 for n in range(30)]

    assert len(taken(10, [0.0, 0.1, *after_gap])) == pytest.approx(12, abs=1)


@given(st.floats(1, 60), st.lists(st.floats(0, 0.5), min_size=2, max_size=100))
def test_never_more_than_the_wanted_rate(fps: float, gaps_s: list[float]) -> None:
    times_s = [sum(gaps_s[: n + 1]) for n in range(len(gaps_s))]

    # Each frame may come a fifth of an interval early, and one more stands at each end.
    assert len(taken(fps, times_s)) <= (times_s[-1] - times_s[0]) * fps + 2.2

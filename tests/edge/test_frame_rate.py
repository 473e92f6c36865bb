from __future__ import annotations

import pytest

from edge.frame_rate import FrameRate


def test_it_settles_at_the_rate_of_the_frames_and_follows_a_change_slowly() -> None:
    rate = FrameRate()
    assert rate.tick(0.0) == 0.0
    assert rate.tick(0.1) == pytest.approx(10)
    for turn in range(2, 50):
        settled = rate.tick(turn / 10)
    assert settled == pytest.approx(10)
    assert 5 < rate.tick(5.1) < 10

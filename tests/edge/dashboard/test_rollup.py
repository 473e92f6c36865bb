from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.dashboard.rollup import STEPS_S, parts, spread
from tests.edge.dashboard.messages import an_arrival
from tests.edge.mqtt.event_builder import NOON_S


def test_a_windows_time_goes_to_emotions_and_to_what_was_unsure() -> None:
    found = parts(an_arrival(shares={"happy": 0.75, "sad": 0.25}).window)  # 5 % abstained
    assert found == pytest.approx({"happy": 0.7125, "sad": 0.2375, "no-label": 0.05})


def test_nobody_and_hidden_are_parts_of_their_own() -> None:
    empty = an_arrival(shares={}).window.model_copy(update={"abstained_share": 0.0})
    assert parts(empty) == {"nobody": 1.0}
    assert parts(an_arrival(shares={}).window) == {"no-label": 1.0}
    assert parts(an_arrival(suppressed=True).window) == {"hidden": 1.0}


def test_a_window_over_two_steps_is_divided_by_time() -> None:
    window = an_arrival(NOON_S + 7, suppressed=True).window
    step = int(NOON_S // 10)
    assert [tuple(part) for part in spread(window, 10)] == [(step, "hidden", 3.0), (step + 1, "hidden", 7.0)]


@given(
    st.floats(0, 5000).map(lambda s: round(s, 3)),
    st.dictionaries(st.sampled_from(["happy", "sad", "fear"]), st.floats(0.001, 1), max_size=3),
    st.sampled_from(STEPS_S),
)
def test_no_second_of_a_window_is_lost_or_counted_twice(
    offset_s: float, shares: dict[str, float], step_s: int
) -> None:
    window = an_arrival(NOON_S + offset_s, shares=shares).window
    found = list(spread(window, step_s))
    assert math.fsum(part.seconds for part in found) == pytest.approx(window.end - window.start)
    assert {part.step for part in found} <= {
        int(window.start // step_s) + n for n in range(int(10 / step_s) + 2)
    }

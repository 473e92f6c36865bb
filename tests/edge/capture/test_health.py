from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.capture.health import Act, Health
from edge.capture.limits import CaptureLimits

LIMITS = CaptureLimits(backoff_min_s=1, backoff_max_s=8)


class NoJitter(random.Random):
    def uniform(self, a: float, b: float) -> float:
        return b


def health() -> Health:
    return Health(LIMITS, NoJitter())


def streaming(at_s: float = 0.0) -> Health:
    found = health()
    found.started(at_s)
    found.delivered(at_s)
    return found


def test_a_new_camera_is_started_at_once() -> None:
    assert health().step(0.0) is Act.START


@pytest.mark.parametrize(
    ("silent_s", "act", "state"),
    [
        (0.0, Act.NOTHING, "streaming"),
        (4.9, Act.NOTHING, "streaming"),
        (5.0, Act.NOTHING, "stalled"),
        (9.9, Act.NOTHING, "stalled"),
        (10.0, Act.KILL, "streaming"),  # the step before it would have said stalled
    ],
)
def test_silence_stalls_then_kills(silent_s: float, act: Act, state: str) -> None:
    camera = streaming()

    assert camera.step(silent_s) is act
    assert camera.condition.state == state


def test_a_stalled_camera_recovers_with_its_next_frame() -> None:
    camera = streaming()
    camera.step(6.0)
    camera.delivered(7.0)

    assert camera.step(11.9) is Act.NOTHING
    assert camera.condition.state == "streaming"


def test_signs_of_life_keep_a_camera_that_has_delivered_from_stalling_and_end_a_stall() -> None:
    camera, states = streaming(), []
    for now_s in [*range(1, 60), 66]:
        camera.step(now_s - 0.1)
        states.append(camera.condition.state)
        camera.alive(float(now_s))

    assert states == ["streaming"] * 59 + ["stalled"]
    assert camera.condition == ("streaming", "")


def test_signs_of_life_alone_neither_make_a_camera_streaming_nor_forgive_its_failures() -> None:
    camera = health()
    camera.gone(0.0, "none can be decoded")
    camera.started(1.0)
    for now_s in range(2, 40):
        camera.alive(float(now_s))
        assert camera.step(float(now_s)) is Act.NOTHING

    assert camera.condition == ("reconnecting", "none can be decoded")
    assert camera.failures == 1


def test_opening_may_take_longer_than_a_stall() -> None:
    camera = health()
    camera.started(0.0)

    assert camera.step(19.9) is Act.NOTHING
    assert camera.condition.state == "reconnecting"
    assert camera.step(20.0) is Act.KILL


def test_attempts_are_spaced_by_doubling_pauses_up_to_the_bound_for_ever() -> None:
    camera, now_s, pauses = health(), 0.0, []
    for _ in range(7):
        camera.started(now_s)
        camera.gone(now_s, "no route to host")
        start_s = now_s
        while camera.step(now_s) is not Act.START:
            now_s += 0.5
        pauses.append(now_s - start_s)

    assert pauses == [1, 2, 4, 8, 8, 8, 8]
    assert camera.condition == ("reconnecting", "no route to host")


def test_a_frame_resets_the_pauses() -> None:
    camera = health()
    for _ in range(5):
        camera.started(0.0)
        camera.gone(0.0, "gone")
    camera.started(10.0)
    camera.delivered(10.0)
    camera.gone(20.0, "gone")

    assert camera.step(20.9) is Act.NOTHING
    assert camera.step(21.0) is Act.START


def test_a_file_that_ended_is_not_opened_again() -> None:
    camera = streaming()
    camera.ended()

    assert camera.step(1000.0) is Act.NOTHING
    assert camera.condition.state == "ended"


def test_a_disabled_camera_is_never_started() -> None:
    camera = health()
    camera.disable("switched off in the configuration", 0.0)

    assert camera.step(1000.0) is Act.NOTHING
    assert camera.condition.state == "disabled"


def test_a_camera_that_is_switched_off_is_killed_if_it_does_not_leave_and_opened_when_switched_on() -> None:
    camera = streaming()
    camera.disable("paused", 100.0)
    assert camera.step(100.0 + LIMITS.stop_within_s - 0.1) is Act.NOTHING
    camera.delivered(100.5)
    camera.alive(100.6)
    assert camera.condition == ("disabled", "paused")
    assert camera.step(100.1 + LIMITS.stop_within_s) is Act.KILL
    camera.gone(103.0, "killed")
    assert camera.step(104.0) is Act.NOTHING
    camera.enable()
    assert camera.step(104.0) is Act.START
    assert camera.condition.state == "reconnecting"


@given(st.integers(0, 2**32), st.integers(1, 80))
def test_every_pause_lies_between_half_the_minimum_and_the_maximum(seed: int, failures: int) -> None:
    camera = Health(LIMITS, random.Random(seed))
    for _ in range(failures):
        camera.gone(100.0, "gone")

    assert camera.step(100.49) is Act.NOTHING
    assert camera.step(108.01) is Act.START


def test_limits_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="stalled_after_s"):
        CaptureLimits(stalled_after_s=30, kill_after_s=10)
    with pytest.raises(ValueError, match="backoff_min_s"):
        CaptureLimits(backoff_min_s=60, backoff_max_s=10)

from __future__ import annotations

import pytest

from tests.edge.capture.slots import post
from tests.edge.capture.supervisor_stage import FILM, Stage, stage

__all__ = ["stage"]  # the fixture


def test_a_frame_is_handed_out_in_place_with_the_cameras_name(stage: Stage) -> None:
    stage.supervisor.tick(0.0)
    post(stage.playing.writer, 7)

    frame = stage.supervisor.take()

    assert frame is not None
    assert (frame.camera, frame.index, frame.dropped, frame.clock_synced) == ("hall", 7, 0, True)
    assert frame.monotonic_s == pytest.approx(7e-6)
    assert not frame.image.flags.owndata
    assert frame.image.max() == 7
    stage.supervisor.release()


def test_states_are_told_once_each_in_order(stage: Stage) -> None:
    told = []
    for now_s in (0.0, 0.5, 1.0, 3.0, 6.5, 8.0, 11.5, 11.6):
        if now_s == 0.5:
            stage.stream(now_s)
        stage.utc_s = 5000 + now_s
        stage.supervisor.tick(now_s)
        if now_s == 11.5:
            assert stage.playing.killed
            stage.playing.leave("capture process died of SIGKILL")
        if (state := stage.supervisor.poll_state_change()) is not None:
            told.append((state.state, state.since_utc_s, state.reason))

    assert told == [
        ("reconnecting", 5000.0, "opening for the first time"),
        ("streaming", 5000.0, ""),
        ("stalled", 5006.5, "no frame for 5 s"),
        ("reconnecting", 5011.6, "no frame for 10 s; its capture process was killed"),
    ]


def test_signs_of_life_count_as_delivering_even_when_no_frame_is_due(stage: Stage) -> None:
    stage.stream(0.0)
    for now_s in range(1, 60):
        stage.playing.writer.beat()
        stage.supervisor.tick(float(now_s))
        assert stage.supervisor.state.state == "streaming"

    assert not stage.playing.killed


def test_a_frame_that_was_taken_before_it_was_seen_counts_once(stage: Stage) -> None:
    stage.supervisor.tick(0.0)
    post(stage.playing.writer, 0)
    assert stage.supervisor.take() is not None
    stage.supervisor.release()
    states = []
    for now_s in (1.0, 5.9, 6.0):
        stage.supervisor.tick(now_s)
        states.append(stage.supervisor.state.state)

    assert states == ["streaming", "streaming", "stalled"]


def test_an_ended_file_is_read_to_its_last_frame_before_it_counts_as_ended() -> None:
    stage = Stage(FILM)
    stage.supervisor.tick(0.0)
    for number in range(3):
        post(stage.playing.writer, number)
    stage.playing.say.ended(3)
    stage.playing.leave("capture process left with status 0")

    numbers = []
    for now_s in range(1, 6):
        stage.supervisor.tick(float(now_s))
        frame = stage.supervisor.take()
        if frame is not None:
            numbers.append(frame.index)
            assert frame.image.max() == frame.index
            stage.supervisor.release()

    assert numbers == [0, 1, 2]
    assert stage.supervisor.state.state == "ended"
    stage.supervisor.tick(1000.0)
    assert len(stage.processes) == 1
    assert stage.supervisor.filenos() == ()


def test_once_the_wall_clock_is_right_the_state_is_told_again_with_the_time_at_which_it_began(
    stage: Stage,
) -> None:
    stage.utc_s, stage.now_s = 12.0, 100.0
    stage.stream(100.0)
    stage.supervisor.poll_state_change()
    stage.utc_s, stage.now_s = 1_795_176_000.0, 160.0
    stage.supervisor.clock_set()
    state = stage.supervisor.poll_state_change()
    assert state is not None
    assert (state.state, state.since_utc_s) == ("streaming", 1_795_176_000.0 - 60.0)
    assert stage.supervisor.poll_state_change() is None

from __future__ import annotations

from tests.cameras import parse_camera
from tests.edge.capture.slots import post
from tests.edge.capture.supervisor_stage import FILM, Stage, stage

__all__ = ["stage"]  # the fixture


def test_a_disabled_camera_has_no_process() -> None:
    stage = Stage(parse_camera({"name": "hall", "source": "v4l2", "enabled": False}))
    stage.supervisor.tick(0.0)

    assert stage.processes == []
    state = stage.supervisor.poll_state_change()
    assert state is not None
    assert state.state == "disabled"


def test_a_pause_that_is_over_does_not_open_a_camera_that_the_configuration_switches_off() -> None:
    stage = Stage(parse_camera({"name": "hall", "source": "v4l2", "enabled": False}))
    stage.supervisor.switch_off("paused by a command", 1.0)
    stage.supervisor.switch_on()
    stage.supervisor.tick(2.0)

    assert stage.processes == []
    assert stage.supervisor.state.reason == "switched off in the configuration"


def test_stopping_asks_first_and_closing_releases(stage: Stage) -> None:
    stage.stream(0.0)
    process = stage.playing
    stage.supervisor.stop()
    assert process.terminated
    stage.supervisor.close()

    assert process.closed
    assert stage.supervisor.take() is None
    assert stage.supervisor.filenos() == ()


def test_a_camera_that_is_switched_off_gives_no_frame_leaves_and_comes_back(stage: Stage) -> None:
    stage.stream(0.0)
    post(stage.playing.writer, 1)
    stage.supervisor.switch_off("paused by a command", 1.0)

    assert stage.playing.terminated
    assert stage.supervisor.take() is None
    assert stage.supervisor.state.reason == "paused by a command"
    stage.supervisor.tick(1.1)
    assert not stage.supervisor.idle
    stage.playing.leave("capture process left with status 0")
    stage.supervisor.tick(1.2)
    assert stage.supervisor.idle
    stage.supervisor.tick(100.0)
    assert len(stage.processes) == 1

    stage.supervisor.switch_on()
    stage.stream(101.0)
    assert stage.supervisor.state.state == "streaming"
    assert len(stage.processes) == 2


def test_a_film_that_is_switched_off_while_its_last_frames_wait_is_gone() -> None:
    stage = Stage(FILM)
    stage.stream(0.0)
    post(stage.playing.writer, 1)
    stage.playing.say.ended(2)
    stage.playing.leave("capture process left with status 0")
    stage.supervisor.tick(0.1)
    assert not stage.supervisor.idle, "one more frame is to be taken"
    stage.supervisor.switch_off("its configuration has changed", 0.2)
    stage.supervisor.tick(0.3)
    assert stage.supervisor.idle


def test_a_camera_that_does_not_leave_when_switched_off_is_killed(stage: Stage) -> None:
    stage.stream(0.0)
    stage.supervisor.switch_off("paused by a command", 1.0)
    stage.supervisor.tick(1.5)
    assert not stage.playing.killed
    stage.supervisor.tick(2.1)
    assert stage.playing.killed


def test_of_a_camera_that_is_switched_off_frames_are_not_waited_for(stage: Stage) -> None:
    stage.stream(0.0)
    frames, messages = stage.playing.frames.fileno(), stage.playing.messages.fileno()
    assert stage.supervisor.filenos() == (frames, messages)
    stage.supervisor.switch_off("paused by a command", 1.0)
    assert stage.supervisor.filenos() == (messages,), "else the loop would turn without end"

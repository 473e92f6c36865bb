from __future__ import annotations

import itertools
import logging

import pytest

from tests.edge.capture.slots import post
from tests.edge.capture.supervisor_stage import Stage, stage

__all__ = ["stage"]  # the fixture


def test_a_killed_process_is_replaced_after_a_pause(stage: Stage) -> None:
    stage.stream(0.0)
    stage.supervisor.tick(10.0)
    stage.playing.leave("capture process died of SIGKILL")
    stage.supervisor.tick(10.1)
    stage.supervisor.tick(10.2)
    assert len(stage.processes) == 1
    assert stage.processes[0].closed

    stage.supervisor.tick(11.2)
    assert len(stage.processes) == 2
    stage.stream(11.5)
    assert stage.supervisor.state.state == "streaming"


def test_a_killed_process_that_the_kernel_holds_is_not_joined_by_another(stage: Stage) -> None:
    stage.stream(0.0)
    for now_s in range(10, 100):
        stage.supervisor.tick(float(now_s))

    assert len(stage.processes) == 1


def test_the_reason_that_a_process_gave_becomes_the_cameras(stage: Stage) -> None:
    stage.supervisor.tick(0.0)
    stage.playing.say.error("rtsp://u:secret@cam/1: no video stream")
    stage.playing.leave("capture process left with status 1")
    stage.supervisor.tick(0.1)

    assert stage.supervisor.state.state == "reconnecting"
    assert stage.supervisor.state.reason == "rtsp://***@cam/1: no video stream"


def test_a_process_that_cannot_be_started_is_tried_again(stage: Stage) -> None:
    stage.refuse = "no such interpreter"
    stage.supervisor.tick(0.0)
    assert stage.supervisor.state.reason == "no such interpreter"

    stage.refuse = None
    stage.supervisor.tick(2.0)
    assert len(stage.processes) == 1


def test_a_source_that_lives_but_delivers_nothing_never_streams_and_is_tried_ever_less_often(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "edge.capture")
    states: list[tuple[str, str]] = []
    starts_s: list[float] = []
    for tenth_s in range(400):
        now_s = tenth_s / 10
        stage.supervisor.tick(now_s)
        if len(stage.processes) > len(starts_s):
            starts_s.append(now_s)
        elif not stage.playing.closed:
            stage.playing.writer.beat()
            stage.playing.say.note("1.jpg: cannot be decoded and is skipped")
            stage.playing.say.error("pictures: none of its 2 pictures can be decoded")
            stage.playing.leave("capture process left with status 1")
        if (state := stage.supervisor.poll_state_change()) is not None:
            states.append((state.state, state.reason))

    assert states == [
        ("reconnecting", "opening for the first time"),
        ("reconnecting", "pictures: none of its 2 pictures can be decoded"),
    ]
    assert stage.supervisor.failures == len(starts_s)
    pauses_s = [after - before for before, after in itertools.pairwise(starts_s)]
    assert pauses_s[0] < 1.3
    assert min(pauses_s[3:]) > 2.0
    warnings = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 2
    assert warnings[0] == "1.jpg: cannot be decoded and is skipped camera=hall"


def test_failures_tell_not_yet_opened_from_failed(stage: Stage) -> None:
    assert stage.supervisor.failures == 0
    stage.refuse = "no such interpreter"
    stage.supervisor.tick(0.0)
    assert stage.supervisor.failures == 1

    stage.refuse = None
    stage.supervisor.tick(2.0)
    assert stage.supervisor.failures == 1
    stage.stream(3.0)
    assert stage.supervisor.failures == 0


def test_drops_are_counted_over_reconnects(stage: Stage) -> None:
    stage.supervisor.tick(0.0)
    for number in range(4):
        post(stage.playing.writer, number)
    first = stage.supervisor.take()
    stage.supervisor.release()
    stage.playing.leave("gone")
    stage.supervisor.tick(1.0)
    stage.supervisor.tick(5.0)
    for number in range(2):
        post(stage.playing.writer, number)
    second = stage.supervisor.take()
    stage.supervisor.release()

    assert first is not None
    assert second is not None
    assert (first.dropped, second.dropped) == (3, 4)


def test_a_slot_that_contradicts_itself_costs_its_process(stage: Stage) -> None:
    stage.stream(0.0)
    post(stage.playing.writer, 1)
    for buffer in range(3):
        stage.playing.writer._memory.write_header(buffer, 999, stage.playing.writer._memory.read(buffer)[1])

    assert stage.supervisor.take() is None
    assert stage.playing.killed


def test_an_outage_is_warned_of_once_and_its_end_is_told(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "edge.capture")
    stage.stream(0.0)
    for attempt in range(1, 6):
        stage.playing.say.error(f"attempt {attempt} failed")
        stage.playing.leave("left")
        stage.supervisor.tick(attempt * 10.0)
        stage.supervisor.tick(attempt * 10.0 + 5)
    stage.stream(60.0)

    levels = [(r.levelname, r.getMessage().split(":")[0].split(" camera=")[0]) for r in caplog.records]
    assert [level for level in levels if level[0] != "DEBUG"] == [
        ("INFO", "camera streaming"),
        ("WARNING", "camera reconnecting"),
        ("INFO", "camera streaming"),
    ]
    assert not any("secret" in record.getMessage() for record in caplog.records)

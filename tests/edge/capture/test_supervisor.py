from __future__ import annotations

import itertools
import logging
import random
from collections.abc import Iterator

import pytest

from edge.cameras import AnyCamera, parse_camera
from edge.capture.limits import CaptureLimits
from edge.capture.supervisor import CameraSupervisor
from edge.errors import SourceError
from tests.edge.capture.fake_process import FakeProcess
from tests.edge.capture.slots import post

LIVE = parse_camera({"name": "hall", "source": "rtsp", "url": "rtsp://u:secret@cam/1"})
FILM = parse_camera({"name": "film", "source": "file", "path": "film.mp4"})


class Stage:
    """A supervisor whose processes the test plays."""

    def __init__(self, camera: AnyCamera = LIVE) -> None:
        self.processes: list[FakeProcess] = []
        self.refuse: str | None = None
        self.utc_s = 5000.0
        self.supervisor = CameraSupervisor(
            camera,
            CaptureLimits(backoff_min_s=1, backoff_max_s=4),
            start=self.start,
            utc=lambda: self.utc_s,
            jitter=random.Random(1),
        )

    def start(self, camera: AnyCamera) -> FakeProcess:
        if self.refuse:
            raise SourceError(self.refuse)
        self.processes.append(FakeProcess(camera))
        return self.processes[-1]

    @property
    def playing(self) -> FakeProcess:
        return self.processes[-1]

    def stream(self, now_s: float, number: int = 0) -> None:
        """One frame, taken."""
        self.supervisor.tick(now_s)
        post(self.playing.writer, number)
        self.supervisor.tick(now_s)
        assert self.supervisor.take() is not None
        self.supervisor.release()


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    yield made
    made.supervisor.close()


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


def test_a_slot_that_contradicts_itself_costs_its_process(stage: Stage) -> None:
    stage.stream(0.0)
    post(stage.playing.writer, 1)
    for buffer in range(3):
        stage.playing.writer._memory.write_header(
            buffer, 999, stage.playing.writer._memory.read_header(buffer)
        )

    assert stage.supervisor.take() is None
    assert stage.playing.killed


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


def test_a_camera_that_does_not_leave_when_switched_off_is_killed(stage: Stage) -> None:
    stage.stream(0.0)
    stage.supervisor.switch_off("paused by a command", 1.0)
    stage.supervisor.tick(1.5)
    assert not stage.playing.killed
    stage.supervisor.tick(2.1)
    assert stage.playing.killed

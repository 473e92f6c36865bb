from __future__ import annotations

from collections.abc import Sequence

import pytest

from edge.aggregator import WindowAggregator, WindowLimits
from edge.contract.preprocess import CropSpec
from edge.daemon.camera_loop import CameraLoop
from edge.datatypes import BgrImage, Detection, Frame
from edge.pipeline import Pipeline
from edge.protocols import FaceDetector
from edge.smoothing import Smoother, SmoothingLimits
from edge.stats import OutboxStats
from edge.telemetry import Telemetry
from edge.tracker import Tracker, TrackerLimits
from tests.builders import LABELS, detection, frame
from tests.fakes import ConstantClassifier, RecordingPublisher, ScriptedCamera, ScriptedDetector


class FaceUnlessBroken:
    """One face a picture; a black picture makes it fail, as a corrupt frame does in a library."""

    name = "fragile"

    def detect(self, image: BgrImage) -> list[Detection]:
        if not image.any():
            raise ValueError("corrupt")
        return [detection()]


class Rig:
    """A camera loop around fakes, with a clock that the test turns."""

    def __init__(
        self,
        frames: Sequence[Frame | None],
        *,
        live: bool = True,
        detector: FaceDetector | None = None,
        k_min: int = 1,
        every_n_frames: int = 1,
    ) -> None:
        self.now_s = 0.0
        self.camera, self.publisher = ScriptedCamera(frames), RecordingPublisher()
        self.telemetry = Telemetry({}, "personal", None, started_s=0.0)
        pipeline = Pipeline(
            detector or FaceUnlessBroken(),
            ConstantClassifier("happy"),
            CropSpec(),
            Tracker(TrackerLimits(confirm=1)),
            Smoother(LABELS, SmoothingLimits()),
            WindowAggregator("door", WindowLimits(window_s=10, k_min=k_min)),
            every_n_frames,
        )
        self.loop = CameraLoop(
            self.camera, pipeline, self.publisher, self.telemetry, live=live, monotonic=lambda: self.now_s
        )

    def turn(self, now_s: float) -> None:
        self.now_s = now_s
        self.loop.turn(now_s)


def test_every_taken_frame_is_given_back_and_becomes_part_of_a_window() -> None:
    rig = Rig([frame(0.0), frame(5.0), frame(10.0)])
    for now_s in (0.1, 5.1, 10.1):
        rig.turn(now_s)
    assert (rig.camera.taken, rig.camera.released) == (3, 3)
    assert [event.shares for event in rig.publisher.events] == [{"happy": 1.0}]


def test_a_frame_that_cannot_be_analysed_is_skipped_said_once_and_given_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    black = frame(1.0).image * 0
    rig = Rig([frame(1.0, picture=black), frame(2.0, picture=black), frame(3.0)])
    with caplog.at_level("INFO"):
        for now_s in (1.0, 2.0, 3.0):
            rig.turn(now_s)
    assert rig.camera.released == 3
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "camera=door" in caplog.text
    rig.loop.close()
    assert rig.publisher.events[0].capture.frames == 1


def test_a_window_whose_frames_stopped_is_closed_by_its_deadline() -> None:
    rig = Rig([frame(0.0)])
    for now_s in (0.1, 9.0, 11.0):
        rig.turn(now_s)
    assert len(rig.publisher.events) == 1


def test_a_window_also_closes_while_every_frame_is_bad() -> None:
    black = frame(0.0).image * 0
    rig = Rig([frame(0.0), frame(11.5, picture=black)])
    rig.turn(0.1)
    rig.turn(11.5)
    assert len(rig.publisher.events) == 1


def test_the_end_of_a_film_closes_its_window_and_is_told() -> None:
    rig = Rig([frame(0.0)])
    rig.turn(0.1)
    rig.camera.becomes("ended", "the file is over")
    rig.turn(0.2)
    assert len(rig.publisher.events) == 1
    assert rig.publisher.states == [("streaming", None), ("ended", "the file is over")]


def test_the_moment_is_told_at_most_once_a_second() -> None:
    rig = Rig([frame(i * 0.1) for i in range(30)])
    for i in range(30):
        rig.turn(i * 0.1)
    assert rig.publisher.moments == [["happy"]] * 3


def test_what_a_detector_saw_once_or_twice_is_not_of_the_moment_s_crowd() -> None:
    four = [detection(0, 0, 10), detection(20, 0, 10), detection(40, 0, 10), detection(0, 20, 10)]
    script = [four] * 12
    script[10] = script[11] = [*four, detection(40, 30, 10)]
    rig = Rig([frame(i * 0.1) for i in range(12)], detector=ScriptedDetector(script), k_min=5)
    for i in range(12):
        rig.turn(i * 0.1)
    assert [len(labels) for labels in rig.publisher.moments] == [0, 4]


def test_a_frame_that_was_not_searched_does_not_say_that_nobody_is_there() -> None:
    rig = Rig([frame(i * 0.5) for i in range(8)], every_n_frames=4)
    for i in range(8):
        rig.turn(i * 0.5)
    assert rig.publisher.moments == [["happy"]] * 2


def test_latency_is_counted_from_the_capture() -> None:
    rig = Rig([frame(1.0)])
    rig.turn(1.25)
    (door,) = rig.telemetry.report(("door",), OutboxStats(0, 0, 0), now_s=2.0).cameras
    assert door.latency_p50_ms == pytest.approx(250)


def test_the_open_window_can_be_looked_at_without_closing_it() -> None:
    rig = Rig([frame(0.0)])
    assert rig.loop.open_window() is None
    rig.turn(0.1)
    assert rig.loop.open_window() is not None
    assert rig.publisher.events == []


def test_switching_off_closes_window_and_camera_and_is_told() -> None:
    rig = Rig([frame(0.0)])
    rig.turn(0.1)
    rig.loop.switch_off("paused by a command", 0.2)
    assert len(rig.publisher.events) == 1
    rig.loop.switch_on()
    assert rig.camera.switched == ["off", "on"]
    assert rig.publisher.states[1:] == [("disabled", "paused by a command"), ("reconnecting", "switched on")]


def test_a_pause_and_the_length_of_windows_are_told_when_they_change() -> None:
    rig = Rig([frame(0.0)])
    rig.turn(0.1)
    rig.loop.change_window(30)
    rig.turn(0.2)
    rig.loop.switch_off("paused by a command", 0.3, paused=True)
    rig.loop.switch_on()
    assert rig.publisher.set == [(False, 10), (False, 30), (True, 30), (False, 30)]
    assert rig.publisher.states[1] == ("streaming", None)


def test_a_streaming_camera_without_any_sign_is_not_accounted_for() -> None:
    rig = Rig([frame(0.0)])
    rig.turn(10.0)
    assert rig.loop.accounted_for(29.0, within_s=20)
    assert not rig.loop.accounted_for(31.0, within_s=20)
    rig.camera.signed_s = 15.0
    assert rig.loop.accounted_for(31.0, within_s=20)
    rig.camera.becomes("stalled")
    assert rig.loop.accounted_for(1000.0, within_s=20)


def test_a_limited_camera_is_analysed_at_its_rate_and_nobody_is_woken_for_the_frames_between() -> None:
    rig = Rig([frame(i * 0.1) for i in range(100)])
    rig.loop.limit(2.0)
    for i in range(50):
        rig.turn(i * 0.1)
    assert 9 <= rig.camera.taken <= 11
    assert rig.loop.wait_s(4.95) > 0
    assert rig.loop.filenos(4.95) == ()
    rig.loop.limit(None)
    assert rig.loop.wait_s(4.95) == 0


def test_a_film_is_not_limited() -> None:
    rig = Rig([frame(i * 0.1) for i in range(10)], live=False)
    rig.loop.limit(1.0)
    for i in range(10):
        rig.turn(i * 0.1)
    assert rig.camera.taken == 10


def test_a_camera_whose_every_frame_is_skipped_says_so_in_its_health() -> None:
    black = frame(0.0).image * 0
    rig = Rig([frame(1.0), *(frame(float(i), picture=black) for i in range(2, 9)), frame(9.0)])
    troubles = []
    for i in range(1, 10):
        rig.turn(float(i))
        health = rig.loop.health(float(i), 0.0)
        troubles.append(health.trouble)
    assert (health.frames, health.skipped) == (2, 7)
    assert troubles[:6] == [None] * 6, "one bad frame is no trouble yet"
    assert all(said is not None and "corrupt" in said for said in troubles[6:8])
    assert troubles[8] is None


def test_a_paused_camera_has_no_trouble() -> None:
    rig = Rig([frame(1.0, picture=frame(0.0).image * 0)])
    rig.turn(1.0)
    rig.loop.switch_off("paused by a command", 2.0, paused=True)
    assert rig.loop.health(60.0, 0.0).trouble is None


def test_the_camera_s_health_counts_from_the_start() -> None:
    rig = Rig([frame(1.0), frame(2.0, dropped=3)])
    assert rig.loop.health(0.5, 0.0).frame_age_s is None
    rig.turn(1.0)
    rig.turn(2.0)
    health = rig.loop.health(2.5, 9.876)
    assert (health.state, health.frames, health.dropped) == ("streaming", 2, 3)
    assert (health.frame_age_s, health.fps) == (0.5, 9.88)

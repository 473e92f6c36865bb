"""A camera set whose cameras the test plays."""

from __future__ import annotations

from collections.abc import Callable

from edge.aggregator import WindowAggregator, WindowLimits
from edge.cameras import AnyCamera
from edge.contract.preprocess import CropSpec
from edge.daemon.camera_loop import CameraLoop
from edge.daemon.camera_set import CameraSet
from edge.daemon.reload import CameraChanges
from edge.pipeline import Pipeline
from edge.smoothing import Smoother, SmoothingLimits
from edge.telemetry import Telemetry
from edge.tracker import Tracker, TrackerLimits
from tests.builders import LABELS, frame
from tests.cameras import parse_camera
from tests.fakes import ConstantClassifier, RecordingPublisher, ScriptedCamera, ScriptedDetector


class CameraRig:
    """Cameras by name; each that is built again is played by a new fake, the last of its list."""

    def __init__(self, *names: str, paused: set[str] | None = None) -> None:
        self.publisher = RecordingPublisher()
        self.played: dict[str, list[ScriptedCamera]] = {}
        self.cameras = CameraSet(self.publisher, paused)
        for name in names:
            self.cameras.add(name, self.build(a_camera(name)), 0.0)

    def build(self, configured: AnyCamera) -> Callable[[], CameraLoop]:
        def built() -> CameraLoop:
            name = configured.name
            scripted = ScriptedCamera([frame(0.0, camera=name)], name)
            self.played.setdefault(name, []).append(scripted)
            pipeline = Pipeline(
                ScriptedDetector([]),
                ConstantClassifier(),
                CropSpec(),
                Tracker(TrackerLimits()),
                Smoother(LABELS, SmoothingLimits()),
                WindowAggregator(name, WindowLimits(window_s=10)),
            )
            telemetry = Telemetry({}, "personal", None, started_s=0.0)
            return CameraLoop(scripted, pipeline, self.publisher, telemetry, monotonic=lambda: 0.0)

        return built

    def apply(self, *, added: str = "", removed: str = "", changed: str = "") -> None:
        changes = CameraChanges(
            tuple(map(a_camera, added.split())),
            tuple(removed.split()),
            tuple(map(a_camera, changed.split())),
        )
        self.cameras.apply(changes, self.build, 1.0)


def a_camera(name: str) -> AnyCamera:
    return parse_camera({"name": name, "source": "v4l2"})

"""One film, searched in every n-th frame: what its window says, whom the tracker follows, what it costs."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

from edge.bench import identities
from edge.bench.identities import Identities
from edge.build import Networks, build_pipeline, tracker_limits
from edge.datatypes import BgrImage, Detection, EmotionEvent, Track
from edge.protocols import FaceDetector
from edge.settings import Settings
from edge.sources.opening import open_recording
from edge.tracker import Tracker


@dataclass(frozen=True)
class Followed:
    """What one film gave.

    Attributes:
        frames: How many were analysed.
        identities: Tracks and switches.
        event: The one window that the film fills, None where it has no frame.
        detect_ms: Processor time of searching, milliseconds an analysed frame.
        cpu_ms: Processor time of the pipeline, searching included, milliseconds an analysed frame.
    """

    frames: int
    identities: Identities
    event: EmotionEvent | None
    detect_ms: float
    cpu_ms: float


class _Recorder:
    """A detector that writes down what it found, and how long that took."""

    def __init__(self, detector: FaceDetector) -> None:
        self._detector = detector
        self.found: list[Detection] = []
        self.cpu_s = 0.0

    @property
    def name(self) -> str:
        return self._detector.name

    def detect(self, image: BgrImage) -> list[Detection]:
        began_s = time.process_time()
        self.found = self._detector.detect(image)
        self.cpu_s += time.process_time() - began_s
        return self.found


def follow(path: Path, networks: Networks, settings: Settings, every: int, fps: float | None) -> Followed:
    """Analyse a film.

    Args:
        path: The film.
        networks: Detector and classifier; shared by many calls.
        settings: With one camera; its window is at least as long as the film.
        every: Search every n-th analysed frame.
        fps: Rate at which frames are analysed; None for all that the film has.
    Raises:
        SourceError: The film cannot be read.
    """
    recorder, camera = _Recorder(networks.detector), settings.cameras[0]
    searching = settings.model_copy(
        update={"detector": settings.detector.model_copy(update={"every_n_frames": every})}
    )
    pipeline = build_pipeline(replace(networks, detector=recorder), searching, camera)
    tracker, source = Tracker(tracker_limits(settings, camera)), open_recording(path, camera.name)
    seen: list[tuple[float, list[Track]]] = []
    events: list[EmotionEvent] = []
    cpu_s, due_s = 0.0, 0.0
    while (frame := source.read()) is not None:
        if fps is not None and frame.monotonic_s < due_s - 1e-6:
            continue
        due_s = (due_s if seen else frame.monotonic_s) + (1 / fps if fps else 0.0)
        began_s = time.process_time()
        events += pipeline.process(frame).events
        cpu_s += time.process_time() - began_s
        searched = len(seen) % every == 0
        at_s = frame.monotonic_s
        seen.append((at_s, tracker.update(recorder.found, at_s) if searched else tracker.coast(at_s)))
    source.close()
    events += pipeline.flush()
    return Followed(
        len(seen),
        identities.count(seen),
        events[-1] if events else None,
        1000 * recorder.cpu_s / max(1, len(seen)),
        1000 * cpu_s / max(1, len(seen)),
    )

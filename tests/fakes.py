"""Hand-written stand-ins that satisfy the pipeline's Protocols."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge.capture.health import StateName
from edge.capture.state import CameraState
from edge.datatypes import BgrImage, Detection, EmotionEvent, FaceTensor, Frame, Probabilities
from tests.builders import LABELS


class ScriptedDetector:
    """Gives the detections of a script, one entry a call, then nothing."""

    name = "scripted"

    def __init__(self, script: Sequence[Sequence[Detection]]) -> None:
        self._script = list(script)
        self.calls = 0

    def detect(self, image: BgrImage) -> list[Detection]:
        self.calls += 1
        return list(self._script[self.calls - 1]) if self.calls <= len(self._script) else []


class ConstantClassifier:
    """Every face shows one emotion with one probability; keeps the batch sizes that it was asked for."""

    labels = LABELS

    def __init__(self, label: str = "happy", probability: float = 0.9) -> None:
        row = np.full(len(LABELS), (1 - probability) / (len(LABELS) - 1), np.float32)
        row[LABELS.index(label)] = probability
        self._row = row
        self.batches: list[int] = []

    def classify(self, faces: FaceTensor) -> Probabilities:
        self.batches.append(len(faces))
        return np.tile(self._row, (len(faces), 1))


class ScriptedCamera:
    """Gives one frame of the script a turn; its state is set by the test."""

    def __init__(self, frames: Sequence[Frame | None] = (), name: str = "door") -> None:
        self.name = name
        self.idle, self.signed_s, self.reconnects = False, 0.0, 0
        self.switched: list[str] = []
        self._frames = list(frames)
        self.state = CameraState("streaming", 0.0, "")
        self._change: CameraState | None = self.state
        self.taken = self.released = 0

    def becomes(self, state: StateName, reason: str = "") -> None:
        self.state = self._change = CameraState(state, 5.0, reason)

    def poll_state_change(self) -> CameraState | None:
        changed, self._change = self._change, None
        return changed

    def clock_set(self) -> None:
        self.becomes(self.state.state, self.state.reason)

    def filenos(self) -> tuple[int, ...]:
        return ()

    def tick(self, now_s: float) -> None:
        pass

    def take(self) -> Frame | None:
        found = self._frames.pop(0) if self._frames else None
        self.taken += found is not None
        return found

    def release(self) -> None:
        self.released += 1

    def switch_off(self, reason: str, now_s: float) -> None:
        self.switched.append("off")
        self.becomes("disabled", reason)

    def switch_on(self) -> None:
        self.switched.append("on")
        self.becomes("reconnecting", "switched on")

    def stop(self) -> None:
        self.switched.append("stop")

    def close(self) -> None:
        self.switched.append("closed")


class RecordingPublisher:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[EmotionEvent] = []
        self.states: list[tuple[str, str | None]] = []
        self.set: list[tuple[bool, float | None]] = []
        self.moments: list[list[str | None]] = []
        self.kept: list[EmotionEvent] = []
        self.forgotten: list[str] = []

    def publish(self, events: Sequence[EmotionEvent]) -> None:
        self.events += events

    def checkpoint(self, open_windows: Sequence[EmotionEvent]) -> None:
        self.kept = list(open_windows)

    def forget_state(self, camera: str) -> None:
        self.forgotten.append(camera)

    def publish_state(
        self,
        camera: str,
        state: StateName,
        *,
        since_utc_s: float,
        reason: str | None = None,
        paused: bool = False,
        window_s: float | None = None,
    ) -> None:
        self.states.append((state, reason))
        self.set.append((paused, window_s))

    def publish_now(self, camera: str, labels: Sequence[str | None], *, utc_s: float) -> None:
        self.moments.append(list(labels))

"""Frame in, observations and closed windows out: pure, without threads, clocks, files or network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from edge.aggregator import WindowAggregator
from edge.contract.preprocess import CropSpec, face_tensor
from edge.datatypes import Box, EmotionEvent, FaceTensor, Frame, Observation, Probabilities, Track
from edge.protocols import EmotionClassifier, FaceDetector
from edge.quality import QualityLimits, readable
from edge.reading_rate import ReadingRate
from edge.smoothing import Smoother
from edge.tracker import Tracker

#: What analysing one frame may raise (OpenCV on a corrupt picture, a face without a pixel, a
#: degenerate box): that frame is skipped and counted, the next is another.
BAD_FRAME = (cv2.error, ValueError, ArithmeticError)


class Analysis(NamedTuple):
    """What one frame gave.

    Attributes:
        observations: The faces of this frame, with their smoothed probabilities.
        events: Windows that this frame closed; mostly none.
        faces: Every place where a face is or may be, also those that do not count (yet); None where
            this frame was not searched.
    """

    observations: list[Observation]
    events: list[EmotionEvent]
    faces: list[Box] | None = None


class Pipeline:
    """One camera's way from frame to event; detector and classifier are shared by all cameras."""

    def __init__(
        self,
        detector: FaceDetector,
        classifier: EmotionClassifier,
        crop: CropSpec,
        tracker: Tracker,
        smoother: Smoother,
        aggregator: WindowAggregator,
        every_n_frames: int = 1,
        quality: QualityLimits = QualityLimits(),  # noqa: B008 - frozen
        track_hz: float | None = None,
    ) -> None:
        self._detector, self._classifier, self._crop = detector, classifier, crop
        self._tracker, self._smoother, self._aggregator = tracker, smoother, aggregator
        self._every_n_frames, self._frames = every_n_frames, 0
        self._quality, self._rate = quality, ReadingRate(track_hz)

    def process(self, frame: Frame) -> Analysis:
        """Analyse one frame of this pipeline's camera."""
        searched = self._frames % self._every_n_frames == 0
        self._frames += 1
        if not searched:
            return Analysis([], self._aggregator.update(frame, None))
        tracks = self._tracker.update(self._detector.detect(frame.image), frame.monotonic_s)
        observations = self._observed(frame, [track for track in tracks if track.detected])
        self._smoother.forget(tracks)
        self._rate.forget(tracks)
        events = self._aggregator.update(frame, observations)
        return Analysis(observations, events, self._tracker.whereabouts(frame.monotonic_s))

    def counted(self, observations: Sequence[Observation]) -> list[Observation]:
        """Those of a frame of which the moment may be told: k_min holds outside of windows too."""
        return self._aggregator.counted(observations)

    def close_due(self, now_s: float) -> list[EmotionEvent]:
        """The window that is over though no newer frame has come."""
        return self._aggregator.close_due(now_s)

    def flush(self) -> list[EmotionEvent]:
        """The open window, closed at its last frame."""
        return self._aggregator.flush()

    def peek(self) -> EmotionEvent | None:
        """The open window as it stands; it stays open."""
        return self._aggregator.peek()

    @property
    def window_s(self) -> float:
        """The length of a window, seconds."""
        return self._aggregator.window_s

    def change_window(self, window_s: float) -> list[EmotionEvent]:
        """Windows of another length from now on; the open one, closed at its last frame."""
        return self._aggregator.change_length(window_s)

    def _observed(self, frame: Frame, tracks: Sequence[Track]) -> list[Observation]:
        """One observation a track, in order: read anew, or what was known where it is not due."""
        if not self._rate.limited:
            return self._read(frame, tracks)
        due = self._rate.due(tracks, frame.monotonic_s)
        read = iter(self._read(frame, [track for track, now in zip(tracks, due, strict=True) if now]))
        return [
            next(read) if now else self._smoother.recall(track)
            for track, now in zip(tracks, due, strict=True)
        ]

    def _read(self, frame: Frame, tracks: Sequence[Track]) -> list[Observation]:
        if not tracks:
            return []
        cut = [face_tensor(frame.image, track.box, self._crop) for track in tracks]
        faces = cut[0] if len(cut) == 1 else np.concatenate(cut)
        height, width = frame.image.shape[:2]
        good = readable(faces, [track.box for track in tracks], height, width, self._quality)
        return self._smoother.update(tracks, self._probabilities(faces, good), frame.monotonic_s)

    def _probabilities(self, faces: FaceTensor, good: npt.NDArray[np.bool_]) -> Probabilities:
        """Of the faces that can be read; NaN for the others, whose memory the smoother then leaves alone."""
        if all(good.tolist()):  # a third of what good.all() costs
            return self._classifier.classify(faces)
        probabilities = np.full((len(faces), len(self._classifier.labels)), np.nan, dtype=np.float32)
        if good.any():
            probabilities[good] = self._classifier.classify(faces[good])
        return probabilities

"""The four seams of the pipeline; everything concrete is chosen in ``edge.build``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from edge.datatypes import BgrImage, Detection, EmotionEvent, FaceTensor, Frame, Probabilities


class FrameSource(Protocol):
    """A camera, stream or file, opened by its constructor."""

    def read(self) -> Frame | None:
        """The next frame, or None at the end of a file.

        Raises:
            SourceError: The camera is gone or the file cannot be decoded.
        """

    def close(self) -> None:
        """Release the device; may be called twice."""


class FaceDetector(Protocol):
    """Finds faces in one picture."""

    @property
    def name(self) -> str:
        """What the configuration calls it."""

    def detect(self, image: BgrImage) -> list[Detection]:
        """Faces in (H, W, 3) uint8 BGR, boxes in its pixels, best score first."""


class EmotionClassifier(Protocol):
    """Gives each face its emotion probabilities."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Class names, in the order of the columns of :meth:`classify`."""

    def classify(self, faces: FaceTensor) -> Probabilities:
        """(N, H, W, 1) float32, 0..255 -> (N, C), each row summing to 1; N may be 0."""


class Publisher(Protocol):
    """Takes events off the pipeline's hands; never blocks it."""

    def publish(self, events: Sequence[EmotionEvent]) -> None:
        """Make the events durable, then send them when the broker can be reached."""

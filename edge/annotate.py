"""Draws what the pipeline saw onto a frame, and writes frames as a video: the operator's explicit act."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import cv2

from edge.contract.labels import emotion
from edge.datatypes import BgrImage, Observation
from edge.errors import SourceError
from edge.native_path import native_path

#: Okabe-Ito colours (BGR), told apart with every kind of colour vision; the label is beside each box anyway.
_COLOURS = {
    "angry": (0, 94, 213),
    "disgust": (115, 158, 0),
    "fear": (167, 121, 204),
    "happy": (66, 228, 240),
    "sad": (233, 180, 86),
    "surprise": (0, 159, 230),
    "neutral": (230, 230, 230),
    "contempt": (178, 114, 0),
}
_UNSURE = (150, 150, 150)
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def draw(image: BgrImage, observations: Sequence[Observation], note: str = "") -> BgrImage:
    """A copy of (H, W, 3) uint8 BGR with boxes, labels and probabilities; ``note`` in the corner."""
    canvas: BgrImage = image.copy()
    scale = max(0.4, min(image.shape[:2]) / 700)
    weight = max(1, round(scale * 2))
    for observation in observations:
        colour = _COLOURS.get(emotion(observation.label or "") or "", _UNSURE)
        box = observation.track.box
        x1, y1, x2, y2 = (round(v) for v in box)
        cv2.rectangle(canvas, (x1, y1), (x2, y2), colour, weight, cv2.LINE_AA)
        text = f"{observation.label or 'unsure'} {float(observation.probabilities.max()):.0%}"
        _caption(canvas, text, x1, y1, scale, colour)
    if note:
        _caption(canvas, note, 4, canvas.shape[0] - 4, scale, (255, 255, 255))
    return canvas


def _caption(canvas: BgrImage, text: str, x: int, y: int, scale: float, colour: tuple[int, int, int]) -> None:
    """Dark text on a coloured plate whose lower left corner is (x, y), kept inside the picture."""
    weight = max(1, round(scale * 1.6))
    (width, height), descent = cv2.getTextSize(text, _FONT, scale, weight)
    x = max(0, min(x, canvas.shape[1] - width - 6))
    y = max(height + descent + 4, y)
    cv2.rectangle(canvas, (x, y - height - descent - 4), (x + width + 6, y), colour, cv2.FILLED)
    cv2.putText(canvas, text, (x + 3, y - descent - 1), _FONT, scale, (20, 20, 20), weight, cv2.LINE_AA)


class AnnotatedVideo:
    """Writes annotated frames into an MP4 file; frames of another size are fitted to the first.

    It appears under its name at the end, also where the body raises: as far as it goes it can be watched.
    """

    def __init__(self, path: Path, fps: float) -> None:
        self._path, self._fps = path, fps
        self._written = path.with_name(f".{path.stem}.writing{path.suffix}")
        self._writer: cv2.VideoWriter | None = None
        self._size = (0, 0)
        self._frames = 0

    def write(self, image: BgrImage) -> None:
        """Append one (H, W, 3) uint8 BGR picture.

        Raises:
            SourceError: The file cannot be written.
        """
        if self._writer is None:
            self._size = (image.shape[1], image.shape[0])
            name = native_path(self._written, SourceError)
            self._writer = cv2.VideoWriter(name, cv2.VideoWriter.fourcc(*"mp4v"), self._fps, self._size)
            if not self._writer.isOpened():
                raise SourceError(
                    f"{self._path}: cannot be written; the folder must exist, the name end in .mp4"
                )
        if (image.shape[1], image.shape[0]) != self._size:
            self._writer.write(cv2.resize(image, self._size))
        else:
            self._writer.write(image)
        self._frames += 1

    def __enter__(self) -> AnnotatedVideo:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is None or not self._writer.isOpened():
            return
        self._writer.release()
        # OpenCV does not say that the disk was full.
        if self._frames and _frames_in(self._written) == self._frames:
            self._take_name(error)
            return
        self._written.unlink(missing_ok=True)
        if error is None:
            raise SourceError(f"{self._path}: cannot be written to its end; is the disk full?")

    def _take_name(self, error: BaseException | None) -> None:
        try:
            self._written.replace(self._path)
        except OSError as err:
            self._written.unlink(missing_ok=True)
            if error is None:
                raise SourceError(f"{self._path}: cannot be written: {err.strerror}; choose another") from err


def _frames_in(path: Path) -> int:
    video = cv2.VideoCapture(native_path(path, SourceError))
    try:
        return int(video.get(cv2.CAP_PROP_FRAME_COUNT)) if video.isOpened() else 0
    finally:
        video.release()

"""One thin wrapper round ``cv2.VideoCapture``: quiet, with parameters at open, BGR out."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import Any, Protocol

import cv2

from edge.datatypes import BgrImage
from edge.errors import SourceError
from edge.native_path import native_path
from edge.sources.colour import as_bgr
from edge.sources.landing import Landing

#: OpenCV reads these when it first touches FFmpeg, be it to write a video: so they are set on import.
#: RTSP through UDP times out behind routers where TCP works.
_ENVIRONMENT = {
    "OPENCV_FFMPEG_CAPTURE_OPTIONS": "rtsp_transport;tcp",
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
    "OPENCV_LOG_LEVEL": "SILENT",
}


for _name, _value in _ENVIRONMENT.items():
    os.environ.setdefault(_name, _value)


class VideoCapture(Protocol):
    """What is used of ``cv2.VideoCapture``."""

    def isOpened(self) -> bool: ...  # noqa: N802 - OpenCV's name
    def grab(self) -> bool: ...
    def retrieve(self, image: BgrImage | None = None) -> tuple[bool, Any]: ...
    def get(self, propId: int) -> float: ...  # noqa: N803 - OpenCV's name
    def set(self, propId: int, value: float) -> bool: ...  # noqa: N803 - OpenCV's name
    def release(self) -> None: ...


def open_capture(target: str, backend: int, at_open: Mapping[int, int] | None = None) -> VideoCapture | None:
    """Open a file, URL or device with one backend; None where OpenCV cannot.

    Timeouts and decoder threads act only where they are given at open (opencv#23207).

    Raises:
        SourceError: The name is not UTF-8.
    """
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    parameters = [number for pair in (at_open or {}).items() for number in pair]
    capture = cv2.VideoCapture(native_path(target, SourceError), backend, parameters)
    if capture.isOpened():
        return capture
    capture.release()
    return None


class Grabber:
    """Grabs every frame, decodes the wanted ones into the landing's canvas."""

    def __init__(self, capture: VideoCapture, landing: Landing) -> None:
        self._capture = capture
        self._landing = landing
        self._shape = (int(self._get(cv2.CAP_PROP_FRAME_HEIGHT)), int(self._get(cv2.CAP_PROP_FRAME_WIDTH)))

    @property
    def fps(self) -> float:
        """The rate the container or driver claims; 25 where it claims nonsense."""
        claimed = self._get(cv2.CAP_PROP_FPS)
        return claimed if 0 < claimed <= 1000 else 25.0

    @property
    def frame_count(self) -> int:
        """How many frames the container claims; 0 where it does not know."""
        return int(self._get(cv2.CAP_PROP_FRAME_COUNT))

    @property
    def position_s(self) -> float:
        """Media time of the grabbed frame as the container has it; negative where unknown."""
        return self._get(cv2.CAP_PROP_POS_MSEC, -1000.0) / 1000

    def grab(self) -> bool:
        """Advance to the next frame; False at the end, on a timeout, or when the device is gone."""
        return self._capture.grab()

    def beat(self) -> None:
        """Pass on that the camera lives."""
        self._landing.beat()

    def retrieve(self) -> BgrImage | None:
        """(H, W, 3) uint8 BGR of the grabbed frame; None where it is empty or damaged."""
        height, width = self._shape
        canvas = self._landing.canvas(max(height, 1), max(width, 1))
        # OpenCV decodes into the canvas where the size fits, and allocates where it has changed.
        ok, decoded = self._capture.retrieve(canvas)
        image = as_bgr(decoded) if ok else None
        if image is not None:
            self._shape = (image.shape[0], image.shape[1])
        return image

    def close(self) -> None:
        """Release the device; may be called twice."""
        self._capture.release()

    def _get(self, prop: int, otherwise: float = 0.0) -> float:
        value = float(self._capture.get(prop))
        return value if math.isfinite(value) else otherwise

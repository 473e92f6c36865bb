"""A video file, frame by frame with its container's time stamps."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import cv2

from edge.errors import SourceError
from edge.sources.cadence import Cadence
from edge.sources.footage import Picture
from edge.sources.landing import Landing
from edge.sources.opencv_capture import Grabber, VideoCapture, open_capture

_log = logging.getLogger(__name__)


class VideoFile:
    """Footage of one file; what is damaged is skipped, what is cut off is told at the end.

    Raises:
        SourceError: The file is missing, unreadable, empty, or no video.
    """

    def __init__(self, path: Path, landing: Landing, fps: float | None = None) -> None:
        self._path = path
        self._grabber = Grabber(_opened(path), landing)
        self._cadence = Cadence(fps)
        self._first_s: float | None = None
        self._last_s = 0.0
        self._grabbed = self._delivered = 0
        self.damaged = 0
        self.fps = self._grabber.fps
        self.recorded_utc_s = path.stat().st_mtime

    def next(self) -> Picture | None:
        while self._grabber.grab():
            media_s = self._stamp()
            self._grabber.beat()
            if not self._cadence.due(media_s):
                continue
            image = self._grabber.retrieve()
            if image is not None:
                self._delivered += 1
                return Picture(image, media_s)
            self.damaged += 1
        self._say_how_it_ended()
        return None

    def close(self) -> None:
        self._grabber.close()

    def _stamp(self) -> float:
        """Time of the grabbed frame: the container's where it goes forward, else one frame on."""
        position_s = self._grabber.position_s
        if self._first_s is None:
            self._first_s = max(position_s, 0.0)
        elif position_s - self._first_s > self._last_s:
            self._last_s = position_s - self._first_s
        else:
            self._last_s += 1 / self.fps
        self._grabbed += 1
        return self._last_s

    def _say_how_it_ended(self) -> None:
        if self._delivered == 0:
            raise SourceError(f"{self._path}: holds no picture that can be decoded; record it again")
        promised = self._grabber.frame_count
        # Containers estimate: a frame or two less than promised is no damage.
        if self._grabbed + 2 + promised // 50 < promised:
            _log.warning(
                "%s: ends early, it is cut off or damaged frames=%d promised=%d",
                self._path, self._grabbed, promised,
            )  # fmt: skip
        if self.damaged:
            _log.warning("%s: damaged frames were skipped count=%d", self._path, self.damaged)


def _opened(path: Path) -> VideoCapture:
    check_readable(path)
    if path.stat().st_size == 0:
        raise SourceError(f"{path}: is empty (0 bytes); record or copy it again")
    capture = open_capture(str(path.absolute()), cv2.CAP_FFMPEG)
    if capture is None:
        raise SourceError(
            f"{path}: is not a video that can be read; it may be cut off before its index, or be another "
            "kind of file (ffprobe tells)"
        )
    return capture


def check_readable(path: Path) -> None:
    """Refuse what is no readable file.

    Raises:
        SourceError: The path is missing, a folder, or forbidden.
    """
    if path.is_dir():
        raise SourceError(f"{path}: is a folder; use `source: images` for a folder of pictures")
    if not path.exists():
        raise SourceError(f"{path}: no such file; check `path` (relative to {Path.cwd()})")
    if not os.access(path, os.R_OK):
        raise SourceError(f"{path}: permission denied; let this user read it (chmod a+r)")

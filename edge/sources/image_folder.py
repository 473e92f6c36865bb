"""A folder of pictures as a recording: in natural order, one second apart."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path

import cv2
import numpy as np

from edge.datatypes import BgrImage
from edge.errors import SourceError
from edge.sources.cadence import Cadence
from edge.sources.colour import as_bgr
from edge.sources.footage import Picture
from edge.sources.landing import Landing
from edge.sources.video_file import check_readable

IMAGE_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"})
_STEP_S = 1.0
_DECODED = "decoded"

_log = logging.getLogger(__name__)


class ImageFolder:
    """Footage of the pictures directly inside a folder, or of one picture.

    Pictures that cannot be read or decoded are skipped and counted; the first is named in the log,
    their number at the end. Every picture has its second, decodable or not, so that repairing one does
    not shift the others.

    Raises:
        SourceError: The folder is missing, unreadable, or holds no picture.
    """

    fps = 1 / _STEP_S

    def __init__(self, path: Path, landing: Landing, fps: float | None = None) -> None:
        self._origin = path
        self._paths = _pictures(path)
        self._landing = landing
        self._cadence = Cadence(fps)
        self._position = self._delivered = 0
        self.damaged = 0
        self._first_fault = ""
        self.recorded_utc_s = self._paths[0].stat().st_mtime

    def next(self) -> Picture | None:
        while self._position < len(self._paths):
            path, media_s = self._paths[self._position], self._position * _STEP_S
            self._position += 1
            self._landing.beat()
            if not self._cadence.due(media_s):
                continue
            image = _decoded(path)
            if not isinstance(image, str):
                self._delivered += 1
                return Picture(image, media_s)
            self.damaged += 1
            self._first_fault = self._first_fault or image
            if self.damaged == 1 and len(self._paths) > 1:
                _log.warning("%s: cannot be %s and is skipped; further ones are counted", path, image)
        self._say_how_it_ended()
        return None

    def close(self) -> None:
        self._paths = []

    def _say_how_it_ended(self) -> None:
        if self._delivered == 0 and self._paths == [self._origin]:
            raise SourceError(
                f"{self._origin}: is not a picture that can be {self._first_fault}; save it again"
            )
        if self._delivered == 0:
            raise SourceError(
                f"{self._origin}: none of its {len(self._paths)} pictures can be {self._first_fault}"
            )
        if self.damaged > 1:
            _log.warning("%s: pictures were skipped count=%d", self._origin, self.damaged)


def natural_key(name: str) -> list[tuple[int, str]]:
    """Sort key that puts ``shot2`` before ``shot10``."""
    parts = re.split(r"([0-9]+)", name.casefold())
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts] + [(-2, name)]


def _pictures(path: Path) -> list[Path]:
    if not path.is_dir():
        check_readable(path)
        return [path]
    if not os.access(path, os.R_OK | os.X_OK):
        raise SourceError(f"{path}: permission denied; let this user list the folder")
    found = [p for p in path.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES and p.is_file()]
    if not found:
        known = " ".join(sorted(IMAGE_SUFFIXES))
        raise SourceError(f"{path}: holds no picture; expected files ending in {known}")
    return sorted(found, key=lambda p: natural_key(p.name))


def _decoded(path: Path) -> BgrImage | str:
    """The picture, or what cannot be done with it."""
    try:
        encoded = np.fromfile(path, np.uint8)
        image = as_bgr(cv2.imdecode(encoded, cv2.IMREAD_COLOR)) if encoded.size else None
    except PermissionError:
        return "read by this user (chmod a+r)"
    except OSError as err:
        return f"read ({err.strerror})"
    except cv2.error:
        return _DECODED
    return _DECODED if image is None else image

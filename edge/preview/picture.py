"""What of one frame may be looked at: made smaller, faces hidden, ready to be drawn on (pure)."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import cv2
import numpy as np

from edge.annotate import draw
from edge.datatypes import BgrImage, Box, Observation

#: Blocks across a hidden face, hair and chin included: enough to see that there is one, not whose.
_BLOCKS = 6
#: A block is never smaller, however small the face: it would hide nothing.
_MIN_BLOCK_PX = 4
#: Share of the box by which it is widened to each side.
_MARGIN = 0.25
_JPEG_QUALITY = 80


class Picture:
    """One annotated picture; drawn and compressed when the first viewer asks, and then kept.

    Viewers' threads share it; OpenCV compresses without holding up the others.
    """

    def __init__(self, image: BgrImage, observations: Sequence[Observation] = (), note: str = "") -> None:
        """Take over ``image``, (H, W, 3) uint8 BGR; boxes are in its pixels, ``note`` is for the corner."""
        self.image = image
        self._observations, self._note = observations, note
        self._lock = threading.Lock()
        self._jpeg: bytes | None = None

    def jpeg(self) -> bytes:
        """As a JPEG file."""
        with self._lock:
            if self._jpeg is None:
                drawn = draw(self.image, self._observations, self._note)
                _, coded = cv2.imencode(".jpg", drawn, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
                self._jpeg = coded.tobytes()
            return self._jpeg


def take_picture(
    image: BgrImage,
    faces: Sequence[Box],
    observations: Sequence[Observation],
    note: str,
    *,
    max_side_px: int,
    pixelate: bool,
    roi: tuple[int, int, int, int] | None = None,
) -> Picture:
    """Copy what may be shown of a frame.

    Args:
        image: (H, W, 3) uint8 BGR; not changed, not kept.
        faces: Where faces are or may be, in its pixels.
        observations: What is written beside them.
        note: For the corner.
        max_side_px: Of the copy, longer side.
        pixelate: Whether faces are hidden, and all outside ``roi``: nobody looks for faces there.
        roi: Where faces are searched: x1, y1, x2, y2 in pixels of image; None for everywhere.
    """
    height, width = image.shape[:2]
    scale = min(1.0, max_side_px / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small: BgrImage = image.copy()
    if scale < 1:
        small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    if pixelate:
        for face in faces:
            hide_face(small, _scaled(face, scale))
        if roi is not None:
            _blacken_around(small, _scaled(Box(*roi), scale))
    return Picture(small, [_moved(one, scale) for one in observations], note)


def hide_face(image: BgrImage, face: Box) -> None:
    """Average a face, in place, into few blocks; ``face`` may overhang the edge."""
    part = image[_inside(image, face, _MARGIN)]
    if part.size == 0:
        return
    height, width = part.shape[:2]
    blocks = [max(1, min(_BLOCKS, side // _MIN_BLOCK_PX)) for side in (width, height)]
    coarse = cv2.resize(part, blocks, interpolation=cv2.INTER_AREA)
    part[:] = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_NEAREST)


def _blacken_around(image: BgrImage, box: Box) -> None:
    inside = _inside(image, box, 0.0)
    kept = image[inside].copy()
    image[:] = 0
    image[inside] = kept


def _inside(image: BgrImage, box: Box, margin: float) -> tuple[slice, slice]:
    """Rows and columns of a box, widened by a share of its sides, that lie in the picture."""
    height, width = image.shape[:2]
    dx, dy = box.width * margin, box.height * margin
    rows = slice(max(0, int(box.y1 - dy)), max(0, min(height, int(np.ceil(box.y2 + dy)))))
    columns = slice(max(0, int(box.x1 - dx)), max(0, min(width, int(np.ceil(box.x2 + dx)))))
    return rows, columns


def _moved(seen: Observation, scale: float) -> Observation:
    return seen._replace(track=seen.track._replace(box=_scaled(seen.track.box, scale)))


def _scaled(box: Box, scale: float) -> Box:
    return Box(*(side * scale for side in box))

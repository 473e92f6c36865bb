"""Faces that fill the frame, which the compact network does not know at the size of its input.

It is trained on faces of 10 to 220 px there (``config/detector.yaml``). Of larger ones it misses more
and more, and takes their eyes and mouths for faces. So a frame that it sees larger than that is looked
at again, half as large, for the near faces alone, which costs about a third of the first look.

Measured (``python -m training compare-near``) on 150 frames of 640x480, seen at 480 px, whose only
face is 0.8 or 0.9 of the height: .74 and .48 of them were found, with .24 and .59 parts of it taken for
faces a frame; with a second look .94 and .91, with .00 and .02.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from edge.datatypes import BgrImage, Box, Detection
from edge.detectors.letterbox import Letterboxed, fitted_size, letterbox
from edge.detectors.nms import suppress

#: A frame whose shorter side the network sees with more pixels may show larger faces than it knows. One
#: of 16:9 seen at 480 px has 270: there .87 of the faces of 0.9 of the height are found at one look.
_LARGEST_FACE_PX = 270
#: Longer side, in pixels of a further look, of the faces that it adds: twice as large at the look before,
#: where they are at the edge of what the network knows.
_NEAR_PX = 90.0
#: So much of a box lies within the near face that it is taken for a part of.
_WITHIN = 0.6
#: A near face of this score is one, however sure the look before is of its parts.
_SURE = 0.5


class Look(NamedTuple):
    """What one look at a frame has found, suppressed already.

    Attributes:
        found: In pixels of the frame.
        pixels: Of the look for one of the frame.
    """

    found: list[Detection]
    pixels: float


def pictures(image: BgrImage, longest_px: int, multiple: int) -> Iterator[Letterboxed]:
    """What the network sees of a frame: one picture, and smaller ones where near faces call for them.

    Args:
        image: (H, W, 3) uint8, BGR.
        longest_px: Longer side of the first, which is never enlarged.
        multiple: All sides are a multiple of it.
    """
    rows, columns = image.shape[:2]
    seen = letterbox(image, *fitted_size(rows, columns, longest_px, multiple))
    yield seen
    height, width = round(rows * seen.scale_y), round(columns * seen.scale_x)
    while min(height, width) > _LARGEST_FACE_PX:
        # Of the picture before, which is small: to shrink the frame again would cost more than the look.
        half = letterbox(
            seen.image[:height, :width], *fitted_size(height, width, max(height, width) // 2, multiple)
        )
        height, width = round(height * half.scale_y), round(width * half.scale_x)
        seen = Letterboxed(half.image, half.scale_x * seen.scale_x, half.scale_y * seen.scale_y)
        yield seen


def merged(looks: Sequence[Look], nms_iou: float) -> list[Detection]:
    """All faces once, best score first: the near ones of further looks, and what is no part of them.

    Args:
        looks: The first at the size of the network's input, each further one about half as large.
        nms_iou: Of boxes of two looks that overlap by more, the lower score goes.
    """
    every: list[Detection] = []
    for look in reversed(looks[1:]):
        every += [one for one in look.found if _is_near(one.box, look.pixels) and not _is_part(one, every)]
    every += [one for one in looks[0].found if not _is_part(one, every)]
    boxes = np.array([one.box for one in every], dtype=np.float32).reshape(-1, 4)
    scores = np.array([one.score for one in every], dtype=np.float32)
    return [every[place] for place in suppress(boxes, scores, nms_iou)]


def _is_near(box: Box, pixels: float) -> bool:
    return max(box.width, box.height) * pixels >= _NEAR_PX


def _is_part(one: Detection, near: Sequence[Detection]) -> bool:
    least = _WITHIN * one.box.area
    return any(
        other.score >= min(one.score, _SURE) and _shared_area(one.box, other.box) >= least for other in near
    )


def _shared_area(one: Box, other: Box) -> float:
    width = min(one.x2, other.x2) - max(one.x1, other.x1)
    height = min(one.y2, other.y2) - max(one.y1, other.y1)
    return max(0.0, width) * max(0.0, height)

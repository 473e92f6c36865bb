"""The same as :mod:`edge.detectors.decode` and :mod:`edge.detectors.nms`, in plain numbers, for few cells.

A call of NumPy or OpenCV costs one to five microseconds once a frame has gone through the caches,
whatever it computes. For the fifteen cells that a face lights up, forty such calls took three times
as long as this loop; from about a hundred cells on they are faster.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from math import exp, isfinite
from struct import Struct
from typing import NamedTuple

import numpy as np

from edge.detectors.decode import LARGEST_LOG, Floats

#: Up to so many cells this is faster.
FEW_CELLS = 96
#: What the network says of one cell's box.
_BOX = Struct("4f")
#: exp() of its negative is still a number.
_LEAST_LOGIT = -700.0


class Found(NamedTuple):
    """One face: its box in pixels of the network's input, x2 and y2 exclusive, and its score, 0..1."""

    x1: float
    y1: float
    x2: float
    y2: float
    score: float


def faces(
    heads: Sequence[Floats], strides: Sequence[int], every: Floats, lit: Sequence[int], iou: float
) -> list[Found]:
    """What is left of these cells after non-maximum suppression, best score first.

    Args:
        heads: As :func:`edge.detectors.decode.decode` takes them.
        strides: Pixels between cells, one a level.
        every: The logits of all cells, as :func:`edge.detectors.decode.lit_cells` gives them.
        lit: The cells to look at, ascending.
        iou: Overlap above which the lower score goes.
    """
    # A memoryview gives plain numbers; an array would make an object of NumPy of each.
    logits = every.data
    levels, firsts = _levels(heads, strides)
    kept: list[tuple[float, float, float, float, float]] = []
    found: list[Found] = []
    for cell in sorted(lit, key=logits.__getitem__, reverse=True):
        first, width, stride, half, boxes = levels[bisect_right(firsts, cell) - 1]
        row, column = divmod(cell - first, width)
        x, y, log_w, log_h = _BOX.unpack_from(boxes, _BOX.size * (cell - first))
        x, y = (x + column + 0.5) * stride, (y + row + 0.5) * stride
        # Written so that what is no number stays none.
        half_w = exp(LARGEST_LOG if log_w > LARGEST_LOG else log_w) * half
        half_h = exp(LARGEST_LOG if log_h > LARGEST_LOG else log_h) * half
        x1, y1, x2, y2 = x - half_w, y - half_h, x + half_w, y + half_h
        area = 4 * half_w * half_h
        for left, top, right, bottom, other_area in kept:
            if x1 >= right or x2 <= left or y1 >= bottom or y2 <= top:
                continue
            shared = ((x2 if x2 < right else right) - (x1 if x1 > left else left)) * (
                (y2 if y2 < bottom else bottom) - (y1 if y1 > top else top)
            )
            if shared > iou * (area + other_area - shared):
                break  # a better one shows the same face
        else:
            if isfinite(x1 + y1 + x2 + y2):  # only here: what is no number is hidden by nothing
                kept.append((x1, y1, x2, y2, area))
                found.append(Found(x1, y1, x2, y2, 1 / (1 + exp(-max(logits[cell], _LEAST_LOGIT)))))
    return found


def _levels(
    heads: Sequence[Floats], strides: Sequence[int]
) -> tuple[list[tuple[int, int, int, float, memoryview]], list[int]]:
    """Of each level its first cell, width in cells, stride, half of it, and boxes; and the first cells."""
    levels, firsts, first = [], [], 0
    for stride, boxes in zip(strides, heads[1::2], strict=True):
        height, width = boxes.shape[:2]
        levels.append((first, width, stride, stride / 2, np.ascontiguousarray(boxes).data))
        firsts.append(first)
        first += height * width
    return levels, firsts

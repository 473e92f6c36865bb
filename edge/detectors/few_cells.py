"""The same as :mod:`edge.detectors.decode` and :mod:`edge.detectors.nms`, in plain numbers, for few cells.

A call of NumPy or OpenCV costs one to five microseconds once a frame has gone through the caches,
whatever it computes. For the fifteen cells that a face lights up, forty such calls took three times
as long as this loop; from about a hundred cells on they are faster.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from math import exp, isfinite
from struct import Struct
from typing import NamedTuple

import numpy as np

from edge.detectors.decode import LARGEST_LOG, Floats, cells_of

#: Up to so many cells this is faster.
FEW_CELLS = 96
#: What the network says of one cell's box, and where the cell lies.
_FOUR = Struct("4f")
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
    logits, boxes = every.data, np.concatenate(heads[1::2], axis=None).data
    cells = _cells(tuple([one.shape[:2] for one in heads[::2]]), tuple(strides))
    #: Overlap over union is above ``iou`` where overlap over both areas is above this.
    shared_from = iou / (1 + iou)
    kept: list[tuple[float, float, float, float, float]] = []
    found: list[Found] = []
    for cell in sorted(lit, key=logits.__getitem__, reverse=True):
        column, row, stride, half = _FOUR.unpack_from(cells, _FOUR.size * cell)
        x, y, log_w, log_h = _FOUR.unpack_from(boxes, _FOUR.size * cell)
        x, y = (x + column) * stride, (y + row) * stride
        # Written so that what is no number stays none.
        half_w = exp(LARGEST_LOG if log_w > LARGEST_LOG else log_w) * half
        half_h = exp(LARGEST_LOG if log_h > LARGEST_LOG else log_h) * half
        x1, y1, x2, y2, area = x - half_w, y - half_h, x + half_w, y + half_h, 4 * half_w * half_h
        for left, top, right, bottom, other_area in kept:
            width = (x2 if x2 < right else right) - (x1 if x1 > left else left)
            if width <= 0:
                continue
            height = (y2 if y2 < bottom else bottom) - (y1 if y1 > top else top)
            if height > 0 and width * height > shared_from * (area + other_area):
                break  # a better one shows the same face
        else:
            if isfinite(x1 + y1 + x2 + y2):  # only here: what is no number is hidden by nothing
                kept.append((x1, y1, x2, y2, area))
                found.append(Found(x1, y1, x2, y2, 1 / (1 + exp(-max(logits[cell], _LEAST_LOGIT)))))
    return found


@functools.lru_cache(maxsize=32)
def _cells(sizes: tuple[tuple[int, ...], ...], strides: tuple[int, ...]) -> bytes:
    """:func:`edge.detectors.decode.cells_of`, as :data:`_FOUR` reads them."""
    return cells_of(sizes, strides).tobytes()

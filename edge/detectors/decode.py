"""From the raw heads of the project's own detector to boxes; training, conversion and device share it.

Each level of the network divides its input into cells of ``stride`` pixels. A cell gives one
logit and four numbers: how far the face's centre lies from the cell's own, in strides, and the
logarithm of the face's width and height in strides (YOLOX, Ge et al. 2021, arXiv:2107.08430).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

#: The name under which a bundle's manifest asks for :func:`decode`.
DECODE = "centre-offset-log-size"
#: Numbers that a cell gives: the logit and the four of the box.
_LOGIT_NUMBERS, _BOX_NUMBERS = 1, 4
#: exp() of more would be a box larger than any picture, or infinite.
LARGEST_LOG = 10.0


def cell_centres(height: int, width: int, strides: Sequence[int]) -> tuple[Floats, Floats]:
    """Centres and strides of all cells, level after level, row after row.

    Args:
        height: Of the network's input, pixels; a multiple of every stride.
        width: Of the network's input, pixels; a multiple of every stride.
        strides: Pixels between cells, one a level.
    Returns:
        (A, 2) x, y in pixels of the input, and (A,) strides.
    """
    centres, sizes = [], []
    for stride in strides:
        y, x = np.mgrid[0 : height // stride, 0 : width // stride].astype(np.float32)
        centres.append((np.stack([x, y], axis=-1).reshape(-1, 2) + 0.5) * stride)
        sizes.append(np.full(len(centres[-1]), stride, dtype=np.float32))
    return np.concatenate(centres).astype(np.float32), np.concatenate(sizes)


def decode(heads: Sequence[Floats], strides: Sequence[int], score: float) -> tuple[Floats, Floats]:
    """Boxes of the cells whose score is at least ``score``; not yet suppressed.

    Args:
        heads: For each stride a (H, W, 1) map of logits and a (H, W, 4) map of boxes.
        strides: Pixels between cells, one a level.
        score: Cells below it are left out; so are cells that give NaN or infinity.
    Returns:
        (N, 4) x1, y1, x2, y2 in pixels of the network's input, and (N,) scores, 0..1.
    """
    every, found = lit_cells(heads, score)
    if not found.size:
        return np.empty((0, _BOX_NUMBERS), np.float32), np.empty(0, np.float32)
    sizes = tuple(logits.shape[:2] for logits in heads[::2])
    return _boxes(cells_of(sizes, tuple(strides))[found], _numbers(heads[1::2], found), every[found])


def lit_cells(heads: Sequence[Floats], score: float) -> tuple[Floats, npt.NDArray[np.intp]]:
    """The logits of all cells, level after level, and where they are at least those of ``score``.

    Args:
        heads: As :func:`decode` takes them.
        score: As :func:`decode` takes it; a logit that is NaN is below any.
    Returns:
        (A,) logits, and (N,) ascending places in them.
    """
    threshold = math.log(score / (1 - score)) if 0 < score < 1 else (-math.inf if score <= 0 else math.inf)
    # A face lights up ten cells: a call costs more than what it computes. So few calls, over all levels.
    every = np.concatenate(heads[::2], axis=None)
    return every, (every >= threshold).nonzero()[0]


def _numbers(maps: Sequence[Floats], found: npt.NDArray[np.intp]) -> Floats:
    """(N, 4) copy of what the network says of the boxes of these cells, which are counted over all levels."""
    parts, first, begin = [], 0, 0
    for boxes in maps:
        last = first + boxes.shape[0] * boxes.shape[1]
        end = int(found.searchsorted(last))
        if end > begin:
            parts.append(boxes.reshape(-1, _BOX_NUMBERS)[found[begin:end] - first])
        first, begin = last, end
    joined = parts[0] if len(parts) == 1 else np.concatenate(parts)
    return joined.astype(np.float32, copy=False)


def _boxes(cells: Floats, numbers: Floats, logits: Floats) -> tuple[Floats, Floats]:
    """Rows of :func:`cells_of` with what the network says -> boxes and scores; uses up ``numbers``."""
    centres, halves = numbers[:, :2], numbers[:, 2:]
    centres += cells[:, :2]
    centres *= cells[:, 2:3]
    np.minimum(halves, LARGEST_LOG, out=halves)
    np.exp(halves, out=halves)
    halves *= cells[:, 3:]
    boxes = np.concatenate([centres - halves, centres + halves], axis=1)
    scores = (1 / (1 + np.exp(-logits))).astype(np.float32, copy=False)
    usable = np.isfinite(boxes)  # the scores are: a logit that is no number was below the threshold
    if usable.all():
        return boxes, scores
    rows = usable.all(axis=1)
    return boxes[rows], scores[rows]


@functools.lru_cache(maxsize=32)
def cells_of(sizes: tuple[tuple[int, ...], ...], strides: tuple[int, ...]) -> Floats:
    """(A, 4): x and y of the centre of every cell of all levels, in strides; the stride, and half of it."""
    levels = []
    for (height, width), stride in zip(sizes, strides, strict=True):
        y, x = np.mgrid[0:height, 0:width].reshape(2, -1) + 0.5
        levels.append(np.stack([x, y, np.full_like(x, stride), np.full_like(x, stride / 2)], axis=-1))
    cells = np.concatenate(levels).astype(np.float32)
    cells.flags.writeable = False
    return cells


def ordered_heads(outputs: Sequence[Floats], height: int, width: int, strides: Sequence[int]) -> list[Floats]:
    """The (H, W, channels) maps of a graph's outputs in the order that :func:`decode` takes.

    Graph formats keep no order of outputs; their shapes tell them apart.

    Args:
        outputs: One (1, H, W, channels) map an output, in any order.
        height: Of the network's input, pixels.
        width: Of the network's input, pixels.
        strides: Pixels between cells, one a level.
    Raises:
        ValueError: The outputs are not those of such a network; says what is there.
    """
    shapes = tuple([output.shape for output in outputs])
    return [outputs[place][0] for place in _order(shapes, height, width, tuple(strides))]


@functools.lru_cache(maxsize=32)
def _order(
    shapes: tuple[tuple[int, ...], ...], height: int, width: int, strides: tuple[int, ...]
) -> tuple[int, ...]:
    """Places of the outputs of these shapes, in the order of :func:`decode`: the same frame after frame."""
    wanted = [
        (1, height // stride, width // stride, channels)
        for stride in strides
        for channels in (_LOGIT_NUMBERS, _BOX_NUMBERS)
    ]
    if sorted(shapes) != sorted(wanted) or len(set(shapes)) != len(shapes):
        raise ValueError(f"outputs have the shapes {sorted(shapes)}, expected {sorted(wanted)}")
    return tuple(map(shapes.index, wanted))

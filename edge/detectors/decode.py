"""From the raw heads of the project's own detector to boxes; training, conversion and device share it.

Each level of the network divides its input into cells of ``stride`` pixels. A cell gives one
logit and four numbers: how far the face's centre lies from the cell's own, in strides, and the
logarithm of the face's width and height in strides (YOLOX, Ge et al. 2021, arXiv:2107.08430).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

#: The name under which a bundle's manifest asks for :func:`decode`.
DECODE = "centre-offset-log-size"
#: Numbers that a cell gives: the logit and the four of the box.
_LOGIT_NUMBERS, _BOX_NUMBERS = 1, 4
#: exp() of more would be a box larger than any picture, or infinite.
_LARGEST_LOG = 10.0
#: Where no cell of any level is good enough.
_NO_CELLS, _NO_NUMBERS = np.empty((0, 3), np.float32), np.empty((0, _BOX_NUMBERS), np.float32)
_NO_LOGITS = np.empty(0, np.float32)


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
    threshold = float(np.log(score / (1 - score))) if 0 < score < 1 else (-np.inf if score <= 0 else np.inf)
    cells, logits, numbers = [_NO_CELLS], [_NO_LOGITS], [_NO_NUMBERS]
    for level, stride in enumerate(strides):
        every = heads[2 * level].reshape(-1)
        found = np.flatnonzero(every >= threshold)
        if found.size:
            y, x = np.divmod(found, heads[2 * level].shape[1])
            cells.append(np.stack([x, y, np.full_like(x, stride)], axis=-1).astype(np.float32))
            logits.append(every[found].astype(np.float32, copy=False))
            numbers.append(
                heads[2 * level + 1].reshape(-1, _BOX_NUMBERS)[found].astype(np.float32, copy=False)
            )
    return _boxes(np.concatenate(cells), np.concatenate(logits), np.concatenate(numbers))


def _boxes(cells: Floats, logits: Floats, numbers: Floats) -> tuple[Floats, Floats]:
    """(N, 3) cells as x, y and stride with what the network says of them -> boxes and scores."""
    centres = (cells[:, :2] + 0.5 + numbers[:, :2]) * cells[:, 2:]
    halves = np.exp(np.minimum(numbers[:, 2:], _LARGEST_LOG)) * (cells[:, 2:] / 2)
    found = np.concatenate([centres - halves, centres + halves], axis=1)
    certain = 1 / (1 + np.exp(-logits))
    usable = np.isfinite(found).all(axis=1) & np.isfinite(certain)
    return found[usable], certain[usable]


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
    by_shape = {tuple(output.shape): output for output in outputs}
    wanted = [
        (1, height // stride, width // stride, channels)
        for stride in strides
        for channels in (_LOGIT_NUMBERS, _BOX_NUMBERS)
    ]
    if len(outputs) != len(wanted) or set(by_shape) != set(wanted):
        raise ValueError(f"outputs have the shapes {sorted(by_shape)}, expected {sorted(wanted)}")
    return [by_shape[shape][0] for shape in wanted]

"""What a batch costs: one number a cell for whether a face is there, and one a face for its box.

The score learns the overlap of the box that the cell gives with the true one, so that the best
cell of a face also scores best (Li et al. 2020, "Generalized focal loss", arXiv:2006.04388); the
box learns by its generalised overlap (Rezatofighi et al. 2019, arXiv:1902.09630).
"""

from __future__ import annotations

from typing import Any

from keras import ops

from edge.detectors.decode import cell_centres
from training.detection.cells import FACE, IGNORED, STRIDES

_FOCUS = 2.0
_LARGEST_LOG = 6.0


class DetectionLoss:
    """Loss of views of one size; Keras calls it with (B, A, 5) targets and outputs."""

    def __init__(self, size_px: int, box_weight: float) -> None:
        centres, strides = cell_centres(size_px, size_px, STRIDES)
        self._centres, self._strides = centres, strides[:, None]
        self._box_weight = box_weight
        self.__name__ = "detection_loss"  # Keras asks a loss for its name

    def __call__(self, targets: Any, outputs: Any) -> Any:
        kind, wanted = targets[..., 0], targets[..., 1:]
        face = ops.cast(ops.equal(kind, FACE), "float32")
        counted = ops.cast(ops.not_equal(kind, IGNORED), "float32")
        faces = ops.maximum(ops.sum(face), 1.0)
        overlap, generalised = _overlaps(self._boxes(outputs[..., 1:]), wanted)
        logits, quality = outputs[..., 0], face * ops.stop_gradient(overlap)
        # Binary cross-entropy from logits, written so that no exponential overflows.
        entropy = ops.maximum(logits, 0.0) - logits * quality + ops.log1p(ops.exp(-ops.abs(logits)))
        focus = ops.abs(ops.sigmoid(logits) - quality) ** _FOCUS
        scores = ops.sum(counted * focus * entropy)
        boxes = ops.sum(face * (1.0 - generalised))
        return (scores + self._box_weight * boxes) / faces

    def _boxes(self, numbers: Any) -> Any:
        """What :func:`edge.detectors.decode.decode` does, differentiably: (B, A, 4) corners."""
        centres = self._centres + numbers[..., :2] * self._strides
        halves = ops.exp(ops.clip(numbers[..., 2:], -_LARGEST_LOG, _LARGEST_LOG)) * self._strides / 2.0
        return ops.concatenate([centres - halves, centres + halves], axis=-1)


def _overlaps(boxes: Any, wanted: Any) -> tuple[Any, Any]:
    """Intersection over union, and its generalised form, of boxes pairwise: (B, A) each."""
    shared = _area(ops.maximum(boxes[..., :2], wanted[..., :2]), ops.minimum(boxes[..., 2:], wanted[..., 2:]))
    hull = _area(ops.minimum(boxes[..., :2], wanted[..., :2]), ops.maximum(boxes[..., 2:], wanted[..., 2:]))
    union = _area(boxes[..., :2], boxes[..., 2:]) + _area(wanted[..., :2], wanted[..., 2:]) - shared
    overlap = shared / ops.maximum(union, 1e-6)
    return overlap, overlap - (hull - union) / ops.maximum(hull, 1e-6)


def _area(low: Any, high: Any) -> Any:
    sides = ops.maximum(high - low, 0.0)
    return sides[..., 0] * sides[..., 1]

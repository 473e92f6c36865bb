"""What a batch costs: one number a cell for whether a face is there, and one a face for its box.

The score learns the overlap of the box that the cell gives with the true one, so that the best
cell of a face also scores best (Li et al. 2020, "Generalized focal loss", arXiv:2006.04388); the
box learns by its generalised overlap (Rezatofighi et al. 2019, arXiv:1902.09630).
"""

from __future__ import annotations

from typing import Any

from keras import ops

from edge.detectors.decode import cell_centres
from training.detection.fitting.cells import FACE, IGNORED, STRIDES

_FOCUS = 2.0
_LARGEST_LOG = 6.0
#: Numbers of a cell: its kind or score, and a box.
_NUMBERS = 5
#: From this score on a teacher's box is worth learning.
_SURE = 0.3


class DetectionLoss:
    """Loss of views of one size: of (B, A, 5) targets and outputs, with a teacher of (B, A, 10).

    Args:
        size_px: Side of the views.
        box_weight: Of the box's loss beside the score's.
        teacher_weight: Of what the teacher says beside what people said.
    """

    def __init__(self, size_px: int, box_weight: float, teacher_weight: float = 0.0) -> None:
        centres, strides = cell_centres(size_px, size_px, STRIDES)
        self._centres, self._strides = centres, strides[:, None]
        self._box_weight, self._teacher_weight = box_weight, teacher_weight
        self.__name__ = "detection_loss"  # Keras asks a loss for its name

    def __call__(self, targets: Any, outputs: Any) -> Any:
        loss = self._own(targets[..., :_NUMBERS], outputs[..., :_NUMBERS])
        if targets.shape[-1] == _NUMBERS:
            return loss
        return loss + self._teacher_weight * self._taught(targets[..., _NUMBERS:], outputs[..., _NUMBERS:])

    def _own(self, targets: Any, outputs: Any) -> Any:
        kind, wanted = targets[..., 0], targets[..., 1:]
        face = ops.cast(ops.equal(kind, FACE), "float32")
        counted = ops.cast(ops.not_equal(kind, IGNORED), "float32")
        faces = ops.maximum(ops.sum(face), 1.0)
        overlap, generalised = _overlaps(self._boxes(outputs[..., 1:]), wanted)
        scores = ops.sum(counted * _score_loss(outputs[..., 0], face * ops.stop_gradient(overlap)))
        boxes = ops.sum(face * (1.0 - generalised))
        return (scores + self._box_weight * boxes) / faces

    def _taught(self, targets: Any, outputs: Any) -> Any:
        """As :meth:`_own`, where every cell is a face as far as the teacher believes it."""
        score, wanted = targets[..., 0], targets[..., 1:]
        sure = score * ops.cast(score >= _SURE, "float32")
        _, generalised = _overlaps(self._boxes(outputs[..., 1:]), wanted)
        scores = ops.sum(_score_loss(outputs[..., 0], score))
        boxes = ops.sum(sure * (1.0 - generalised))
        return (scores + self._box_weight * boxes) / ops.maximum(ops.sum(sure), 1.0)

    def _boxes(self, numbers: Any) -> Any:
        """What :func:`edge.detectors.decode.decode` does, differentiably: (B, A, 4) corners."""
        centres = self._centres + numbers[..., :2] * self._strides
        halves = ops.exp(ops.clip(numbers[..., 2:], -_LARGEST_LOG, _LARGEST_LOG)) * self._strides / 2.0
        return ops.concatenate([centres - halves, centres + halves], axis=-1)


def _score_loss(logits: Any, wanted: Any) -> Any:
    """Of each cell: binary cross-entropy with a score of 0..1, the more the further it is from that."""
    # From logits, written so that no exponential overflows.
    entropy = ops.maximum(logits, 0.0) - logits * wanted + ops.log1p(ops.exp(-ops.abs(logits)))
    return ops.abs(ops.sigmoid(logits) - wanted) ** _FOCUS * entropy


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

"""Figures of a classifier on labelled faces, in numpy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.int64]
Floats = npt.NDArray[np.floating[Any]]
Counts = npt.NDArray[np.int64]

ECE_BINS = 15
_Z_95 = 1.959963984540054


@dataclass(frozen=True)
class Figures:
    """What a classifier achieves on one set of faces.

    Attributes:
        images: Faces judged.
        accuracy: Share of faces whose most probable class is the stored one, 0..1.
        accuracy_95: Wilson's 95% interval of the accuracy.
        macro_f1: Mean F1 of the classes that occur, each class weighing the same.
        ece: Expected calibration error, 0..1.
        recall: Class to the share of its faces that were found; None where it has no face.
        confusion: (C, C) counts; rows are true classes, columns the given ones.
    """

    images: int
    accuracy: float
    accuracy_95: tuple[float, float]
    macro_f1: float
    ece: float
    recall: dict[str, float | None]
    confusion: Counts

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, rounded to what the number of faces can carry."""
        return {
            "images": self.images,
            "accuracy": round(self.accuracy, 5),
            "accuracy_95": [round(bound, 5) for bound in self.accuracy_95],
            "macro_f1": round(self.macro_f1, 5),
            "ece": round(self.ece, 5),
            "recall": {name: None if r is None else round(r, 5) for name, r in self.recall.items()},
        }


def figures(probabilities: Floats, labels: Labels, classes: Sequence[str]) -> Figures:
    """All figures at once.

    Args:
        probabilities: (N, C), each row summing to 1; N > 0.
        labels: (N,) indices into classes.
        classes: C names.
    Raises:
        ValueError: There is no face, or the shapes do not belong together.
    """
    if not len(labels) or probabilities.shape != (len(labels), len(classes)):
        raise ValueError(
            f"expected ({len(labels)}, {len(classes)}) probabilities, found {probabilities.shape}"
        )
    counts = confusion(labels, probabilities.argmax(axis=1), len(classes))
    correct = int(np.trace(counts))
    return Figures(
        images=len(labels),
        accuracy=correct / len(labels),
        accuracy_95=wilson_interval(correct, len(labels)),
        macro_f1=macro_f1(counts),
        ece=expected_calibration_error(probabilities, labels),
        recall=dict(zip(classes, recall(counts), strict=True)),
        confusion=counts,
    )


def confusion(labels: Labels, given: npt.NDArray[np.integer[Any]], classes: int) -> Counts:
    """(C, C) counts; rows are true classes, columns the given ones."""
    return np.bincount(labels * classes + given, minlength=classes * classes).reshape(classes, classes)


def recall(counts: Counts) -> list[float | None]:
    """Share of each class's faces that were found; None for a class without a face."""
    found, there = np.diag(counts), counts.sum(axis=1)
    return [float(f / n) if n else None for f, n in zip(found, there, strict=True)]


def macro_f1(counts: Counts) -> float:
    """Mean F1 over the classes that are true or given at least once."""
    found, involved = np.diag(counts), counts.sum(axis=0) + counts.sum(axis=1)
    occurs = involved > 0
    return float(np.mean(2 * found[occurs] / involved[occurs]))


def expected_calibration_error(probabilities: Floats, labels: Labels, bins: int = ECE_BINS) -> float:
    """Mean gap between confidence and accuracy over equal-width bins (Guo et al. 2017, arXiv:1706.04599)."""
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == labels
    bin_of = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    gap = np.bincount(bin_of, weights=confidence, minlength=bins) - np.bincount(
        bin_of, weights=correct, minlength=bins
    )
    return float(np.abs(gap).sum() / len(labels))


def wilson_interval(correct: int, images: int) -> tuple[float, float]:
    """The 95% interval of a share (Wilson 1927): stays inside 0..1 at small counts too."""
    share, z2 = correct / images, _Z_95**2
    centre = (share + z2 / (2 * images)) / (1 + z2 / images)
    half = _Z_95 * math.sqrt(share * (1 - share) / images + z2 / (4 * images**2)) / (1 + z2 / images)
    return max(0.0, centre - half), min(1.0, centre + half)

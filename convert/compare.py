"""The gate: a converted network must give the labels that the trained one gives (pure)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge.errors import EmotionEdgeError

Outputs = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]


class GateRefused(EmotionEdgeError):  # noqa: N818
    """The conversion changed the network more than the limits allow."""


@dataclass(frozen=True)
class Limits:
    """What a conversion may change.

    Attributes:
        min_agreement: Least share of faces with the same label before and after, 0..1.
        max_drop_points: Largest loss of accuracy, percentage points.
    """

    min_agreement: float = 0.98
    max_drop_points: float = 0.3


@dataclass(frozen=True)
class Comparison:
    """Both networks on the same faces; shares, 0..1.

    Attributes:
        images: Number of faces.
        agreement: Share with the same label before and after.
        keras_accuracy: Of the trained network.
        accuracy: Of the converted one.
        accuracy_clean: The same without faces that are copies of training images; NaN where none is left.
        ece: Expected calibration error of the converted one's probabilities, 15 bins.
        recall: One a class, of the converted one; NaN where the class has no face.
    """

    images: int
    agreement: float
    keras_accuracy: float
    accuracy: float
    accuracy_clean: float
    ece: float
    recall: tuple[float, ...]

    @property
    def drop_points(self) -> float:
        """Accuracy lost, percentage points; negative where it rose."""
        # Rounded, so that a drop of just the limit is not above it by a bit of the mantissa.
        return round(100 * (self.keras_accuracy - self.accuracy), 6)


def compare(keras: Outputs, converted: Outputs, labels: Labels, copies: npt.NDArray[np.bool_]) -> Comparison:
    """Measure both networks.

    Args:
        keras: (N, C) outputs of the trained network.
        converted: (N, C) probabilities of the converted one.
        labels: (N,) true classes.
        copies: (N,) faces that training has seen.
    """
    before, after = keras.argmax(axis=1), converted.argmax(axis=1)
    right = after == labels
    return Comparison(
        images=len(labels),
        agreement=float((before == after).mean()),
        keras_accuracy=float((before == labels).mean()),
        accuracy=float(right.mean()),
        accuracy_clean=float(right[~copies].mean()) if (~copies).any() else float("nan"),
        ece=calibration_error(converted.max(axis=1), right),
        recall=tuple(
            float(right[labels == c].mean()) if (labels == c).any() else float("nan")
            for c in range(converted.shape[1])
        ),
    )


def calibration_error(confidence: Outputs, right: npt.NDArray[np.bool_], bins: int = 15) -> float:
    """Expected calibration error: mean gap between confidence and accuracy over equal bins.

    Source: Guo et al. 2017, arXiv:1706.04599.
    """
    number = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    gaps = [
        abs(float(confidence[number == b].mean()) - float(right[number == b].mean()))
        * float((number == b).mean())
        for b in np.unique(number)
    ]
    return float(sum(gaps))


def gate(found: Comparison, limits: Limits) -> None:
    """Let a conversion pass.

    Raises:
        GateRefused: It changes more than the limits allow; says by how much.
    """
    faults = []
    # Negated, so that a figure which is not a number is refused.
    if not found.agreement >= limits.min_agreement:
        faults.append(
            f"it agrees with the trained network on {found.agreement:.2%} of {found.images} faces "
            f"where at least {limits.min_agreement:.2%} is asked"
        )
    if not found.drop_points <= limits.max_drop_points:
        faults.append(
            f"accuracy falls by {found.drop_points:.2f} points ({found.keras_accuracy:.2%} to "
            f"{found.accuracy:.2%}) where at most {limits.max_drop_points:.2f} are allowed"
        )
    if faults:
        raise GateRefused(
            f"the conversion is refused: {'; '.join(faults)}. Calibrate with more images, choose a "
            "scheme with more precision, or state other limits (--min-agreement, --max-drop-points)"
        )

"""The gate of detectors: the converted network must find what the trained one finds (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from convert.compare import GateRefused
from edge.datatypes import Detection

#: Boxes of two runtimes show the same face from this overlap on.
_SAME_IOU = 0.5


@dataclass(frozen=True)
class Parity:
    """Two runtimes on the same photos.

    Attributes:
        photos: How many.
        detections: What the trained network found in them, at the working score.
        found: Share of those that the other found too, at a score not below its own by more than ``slack``.
        extra: What the other found beside, as a share of ``detections``.
        mean_iou: Of the boxes of those that both found.
    """

    photos: int
    detections: int
    found: float
    extra: float
    mean_iou: float


@dataclass(frozen=True)
class DetectorLimits:
    """What a conversion may change.

    Attributes:
        min_found: Least share of the trained network's detections that are found again.
        max_extra: Largest number of others, as a share of them.
        min_iou: Least mean overlap with the trained network's boxes.
    """

    min_found: float = 0.97
    max_extra: float = 0.05
    min_iou: float = 0.9


def parity(
    trained: Sequence[Sequence[Detection]],
    converted: Sequence[Sequence[Detection]],
    score: float,
    slack: float,
) -> Parity:
    """Compare detections photo by photo.

    Args:
        trained: Of the trained network, with scores from ``score - slack`` on.
        converted: Of the converted one, likewise.
        score: The working score; a detection of either must reach it.
        slack: By how much the other's score may lie below, so that a score on the edge is no loss.
    """
    found, extra, overlaps, total = 0, 0, [], 0
    for before, after in zip(trained, converted, strict=True):
        wanted = [one for one in before if one.score >= score]
        total += len(wanted)
        best = [
            max((other.box.iou(one.box) for other in after if other.score >= one.score - slack), default=0.0)
            for one in wanted
        ]
        overlaps += [iou for iou in best if iou >= _SAME_IOU]
        found += sum(iou >= _SAME_IOU for iou in best)
        extra += sum(
            other.score >= score + slack and all(other.box.iou(one.box) < _SAME_IOU for one in before)
            for other in after
        )
    return Parity(
        photos=len(trained),
        detections=total,
        found=found / max(1, total),
        extra=extra / max(1, total),
        mean_iou=sum(overlaps) / max(1, len(overlaps)),
    )


def gate(found: Parity, limits: DetectorLimits, origin: str) -> None:
    """Let a converted file pass.

    Raises:
        GateRefused: It changes more than the limits allow, or nothing was found to compare; says by how much.
    """
    faults = []
    if found.detections == 0:
        faults.append(f"the trained network finds no face in {found.photos} photos: nothing can be compared")
    else:
        # Negated, so that a figure which is not a number is refused.
        if not found.found >= limits.min_found:
            faults.append(
                f"{found.found:.2%} of the faces are found again, at least {limits.min_found:.2%} are asked"
            )
        if not found.extra <= limits.max_extra:
            faults.append(f"{found.extra:.2%} more are found, at most {limits.max_extra:.2%} are allowed")
        if not found.mean_iou >= limits.min_iou:
            faults.append(f"boxes overlap by {found.mean_iou:.3f}, at least {limits.min_iou:.3f} is asked")
    if faults:
        raise GateRefused(
            f"{origin} is refused: {'; '.join(faults)}. Calibrate with more photos or choose float32"
        )

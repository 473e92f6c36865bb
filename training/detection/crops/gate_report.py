"""What the quality gate does, as tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from edge.quality import QualityFault, QualityLimits
from training.detection import tables
from training.detection.crops.gate_effect import GateEffect

_REASONS: tuple[QualityFault, ...] = ("size", "border", "blur")
_ABSTAINS = [f"abstains: {reason}" for reason in _REASONS]
_PASTED = [
    "pasted faces", "found", *_ABSTAINS,
    "accuracy without the gate", "of those let through", "guessing at the others",
]  # fmt: skip
_REAL = ["pictures", "faces", *_ABSTAINS, "read"]


def markdown(
    rows: Sequence[GateEffect],
    real: Mapping[str, Mapping[QualityFault | None, int]],
    limits: QualityLimits,
    described: str,
) -> str:
    """Two tables: pasted faces, whose expression is known, and the faces of real pictures.

    Args:
        rows: One a condition.
        real: What is in the pictures -> how many faces there can be read (None) or not, by reason.
        limits: Of the gate.
        described: Which faces were pasted.
    """
    bounds = (
        f"at least {limits.min_face_px:g} px, at most {limits.max_outside:.0%} of the box outside, "
        f"sharpness of at least {limits.min_sharpness:g}"
    )
    return "\n\n".join(
        [
            f"{described}, pasted into photos and found by the detector; the gate lets through: {bounds}.",
            tables.markdown(_PASTED, [_pasted(row) for row in rows]),
            "Faces that the detector finds in real pictures, whatever their size:",
            tables.markdown(_REAL, [_real(name, counts) for name, counts in real.items()]) + "\n",
        ]
    )


def _pasted(row: GateEffect) -> list[str]:
    return [
        row.condition,
        _share(row.found, row.faces),
        *(_share(row.faults.get(reason, 0), row.found) for reason in _REASONS),
        _percent(row.without),
        _percent(row.with_gate),
        _percent(row.abstained_from),
    ]


def _real(name: str, counts: Mapping[QualityFault | None, int]) -> list[str]:
    every = sum(counts.values())
    by_reason = (_share(counts.get(reason, 0), every) for reason in _REASONS)
    return [name, f"{every:,}", *by_reason, _share(counts.get(None, 0), every)]


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def _percent(share: float) -> str:
    return "-" if math.isnan(share) else f"{share:.1%}"

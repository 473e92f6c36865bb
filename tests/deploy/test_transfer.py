from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from deploy.steps.transfer import parcels


@st.composite
def _missing(draw: st.DrawFn) -> list[dict[str, Any]]:
    totals = draw(st.lists(st.integers(0, 50), max_size=8))
    return [
        {"sha256": str(number), "bytes": total, "have_bytes": draw(st.integers(0, total))}
        for number, total in enumerate(totals)
    ]


@given(_missing(), st.integers(1, 20))
def test_parcels_hold_every_missing_byte_once_in_order_and_are_full(
    missing: list[dict[str, Any]], part_bytes: int
) -> None:
    loads = list(parcels(missing, part_bytes))
    for blob in missing:
        pieces = [piece for load in loads for piece in load if piece.sha256 == blob["sha256"]]
        at = blob["have_bytes"]
        for piece in pieces:
            assert (piece.offset, piece.total_bytes) == (at, blob["bytes"])
            at += piece.length_bytes
        assert at == blob["bytes"]
        if blob["bytes"] == blob["have_bytes"]:
            assert len(pieces) == 1  # completes an empty file, and what a power cut left whole but unnamed
    weights = [sum(piece.length_bytes for piece in load) for load in loads]
    assert all(weight == part_bytes for weight in weights[:-1])
    assert all(weight <= part_bytes for weight in weights)

"""What every number format of one network costs and keeps, as a table and for JSON (pure)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from convert.compare import Comparison
from edge.contract.manifest import Scheme
from edge.errors import ContractError


@dataclass(frozen=True)
class SchemeRow:
    """One number format.

    Attributes:
        scheme: Its name.
        bytes: Of the TFLite file.
        ms_per_face: Median of single invocations, one thread, this machine.
        comparison: Against the Keras network.
        refused: Why the gate would refuse it, or None.
    """

    scheme: Scheme
    bytes: int
    ms_per_face: float
    comparison: Comparison
    refused: str | None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, which has no NaN: None for what no face tells."""
        return {**_told(asdict(self)), "drop_points": self.comparison.drop_points}


def _told(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _told(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_told(inner) for inner in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def markdown(rows: Sequence[SchemeRow], split: str) -> str:
    """The table as Markdown.

    Raises:
        ContractError: There is no row.
    """
    if not rows:
        raise ContractError("no scheme was measured; name at least one")
    found = rows[0].comparison
    lines = [
        f"Keras: {found.keras_accuracy:.2%} on {found.images} faces of {split}.",
        "",
        "| scheme | bytes | accuracy | clean | drop, points | same label | ECE | ms a face | gate |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---|",
    ]
    for row in rows:
        c = row.comparison
        cells = (
            *(row.scheme, f"{row.bytes:,}", f"{c.accuracy:.2%}", _share(c.accuracy_clean)),
            *(f"{c.drop_points:+.2f}", f"{c.agreement:.2%}", f"{c.ece:.3f}", f"{row.ms_per_face:.3f}"),
            "refused" if row.refused else "passes",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _share(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2%}"

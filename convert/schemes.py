"""Every number format of one network beside the others: bytes, accuracy, agreement, time."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from convert import bundle, quantize
from convert.bundle import Request, Source
from convert.compare import Comparison, GateRefused, gate
from edge.classifier import TfliteClassifier
from edge.contract.manifest import Scheme
from edge.errors import ContractError

SCHEMES: tuple[Scheme, ...] = ("float32", "float16", "dynamic", "int8", "full-int8")
_TIMED_FACES = 300


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


def measure_schemes(
    request: Request, schemes: Sequence[Scheme], say: Callable[[str], None]
) -> list[SchemeRow]:
    """Convert to each scheme and measure it; nothing is kept.

    Args:
        request: Its ``scheme`` and ``out`` are not used.
        schemes: Which.
        say: Told in words which step begins.
    Raises:
        ContractError: The network, its record or the data cannot be used.
    """
    source = bundle.read_source(request, say)
    rows = []
    for scheme in schemes:
        say(f"converting to {scheme} and measuring on {len(source.faces.gate)} faces")
        rows.append(_row(source, replace(request, scheme=scheme)))
    return rows


def _row(source: Source, request: Request) -> SchemeRow:
    graph = quantize.to_tflite(source.network, request.scheme, source.calibration.images)
    with tempfile.TemporaryDirectory() as folder:
        draft = bundle.draft_bundle(Path(folder), graph, source, request)
        found = bundle.measure(draft, source)
        ms_per_face = _ms_per_face(TfliteClassifier(draft), source)
    try:
        gate(found, request.limits)
    except GateRefused as err:
        return SchemeRow(request.scheme, len(graph), ms_per_face, found, str(err))
    return SchemeRow(request.scheme, len(graph), ms_per_face, found, None)


def _ms_per_face(classifier: TfliteClassifier, source: Source) -> float:
    faces = source.faces.gate.images[:_TIMED_FACES, ..., None].astype(np.float32)
    times_s = []
    for index in range(len(faces)):
        started_s = time.perf_counter()
        classifier.classify(faces[index : index + 1])
        times_s.append(time.perf_counter() - started_s)
    return 1000 * float(np.median(times_s))


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

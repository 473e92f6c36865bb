"""Every number format of one network beside the others: bytes, accuracy, agreement, time."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from convert import bundle, quantize
from convert.bundle import Request, Source
from convert.compare import GateRefused, gate
from convert.scheme_table import SchemeRow
from edge.classifier import TfliteClassifier
from edge.contract.manifest import Scheme

SCHEMES: tuple[Scheme, ...] = ("float32", "float16", "dynamic", "int8", "full-int8")
_TIMED_FACES = 300


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

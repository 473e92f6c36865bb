"""The pipeline against the same work in a bare loop, and where its time goes.

Once with the detector that ships, and once with OpenCV's YuNet, ten times dearer: what the pipeline adds
is the same, so that its share says more of the detector than of the pipeline.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2

from edge.bench.measurement import measure
from edge.bench.source import bench_settings
from edge.build import build_networks
from tests.bench.films import crowd
from tests.bench.part import Figures, Part, spread, table
from tests.bench.peer_process import ROOT

FACES = (1, 2, 4)
_FRAMES, _ROUNDS = 240, 9
_YUNET = ROOT.parent / "shared" / "models"


def _measure(work: Path) -> Figures:
    return _measured(work, {})


def _measure_yunet(work: Path) -> Figures:
    if not _YUNET.is_dir():
        return {}
    return _measured(work, {"name": "yunet", "weights": str(_YUNET)})


def _measured(work: Path, detector: dict[str, Any]) -> Figures:
    cv2.setNumThreads(1)
    found = {}
    for faces in FACES:
        film = crowd(work, 1280, 720, faces, _FRAMES)
        settings = bench_settings(str(film), detector=detector)
        networks = build_networks(settings.detector, settings.classifier)
        measured = measure(settings, networks, frames=_FRAMES, rounds=_ROUNDS).as_json()
        found[str(faces)] = {**measured, "source": film.name}  # where it lies is this machine's business
    return found


def _tell(figures: Figures) -> list[str]:
    stages = [
        [s["stage"], s["calls"], s["p50_ms"], s["p95_ms"], s["p99_ms"], f"{s['share']:.1%}"]
        for s in figures["2"]["stages"]
    ]
    return [
        *_rows(figures),
        "",
        f"The stages with two faces, a call's times over {figures['2']['frames']} frames, by the wall clock: "
        "p95 and p99 hold what else the machine did.",
        "",
        *table(["stage", "calls", "p50 ms", "p95 ms", "p99 ms", "share"], stages),
    ]


def _tell_yunet(figures: Figures) -> list[str]:
    return _rows(figures) if figures else ["YuNet's weights are not at hand."]


def _rows(figures: Figures) -> list[str]:
    head = ["faces", "pipeline, ms of processor a frame", "limit, ms", "overhead, %", "overhead, us a frame"]
    rows = [
        [
            faces,
            spread(found["cpu_ms_per_frame"]),
            spread(found["overhead"]["limit_cpu_ms_per_frame"]),
            spread(found["overhead"]["ratio"], ".1f", 100),
            spread(found["overhead"]["us_per_frame"], ".0f"),
        ]
        for faces, found in figures.items()
    ]
    return table(head, rows)


PART = Part("overhead", "The pipeline against its limit (1280x720, one thread)", _measure, _tell)
WITH_YUNET = Part(
    "overhead-yunet", "The same with OpenCV's YuNet (1280x720, one thread)", _measure_yunet, _tell_yunet
)

"""The real daemon: cameras against processor, memory, drops and latency; its start; its libraries alone."""

from __future__ import annotations

import statistics
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from tests.bench.daemon_run import run_daemon
from tests.bench.films import crowd
from tests.bench.part import Figures, Part, table
from tests.bench.peer_process import ROOT

CAMERAS = (1, 2, 4, 8)
_SECONDS = 20.0
_STARTS = 5
#: What the daemon cannot do without, loaded and left idle.
_FLOORS = {
    "Python": "pass",
    "and NumPy": "import numpy",
    "and OpenCV": "import numpy, cv2",
    "and LiteRT": "import numpy, cv2, ai_edge_litert.interpreter",
}


def _measure(work: Path) -> Figures:
    film = crowd(work, 1280, 720, 2)
    runs = [asdict(run_daemon(cameras, film, work, _SECONDS)) for cameras in CAMERAS]
    starts = [run_daemon(1, film, work, 0.5).start_s for _ in range(_STARTS)]
    floors = {name: _pss_bytes(imports) for name, imports in _FLOORS.items()}
    return {"runs": runs, "starts_s": starts, "floors": floors}


def _pss_bytes(imports: str) -> int:
    script = f"{imports}; print(open('/proc/self/smaps_rollup').read().split('Pss:')[1].split()[0])"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return int(done.stdout) * 1024


def _tell(figures: Figures) -> list[str]:
    rows = [
        [
            run["cameras"],
            f"{run['fps']:.1f}",
            f"{run['dropped']:.1%}",
            f"{run['cpu_share'] / 2:.0%}",
            f"{run['cpu_ms']:.1f}",
            f"{run['pss_bytes'] / 1e6:.0f}",
            f"{run['latency_p50_ms']:.0f}",
            f"{run['latency_p95_ms']:.0f}",
        ]
        for run in figures["runs"]
    ]
    head = ["cameras", "frames a second", "dropped", "of two cores", "ms of processor a frame", "PSS, MB"]
    starts = figures["starts_s"]
    floors = ", ".join(f"{name} {size / 1e6:.0f}" for name, size in figures["floors"].items())
    return [
        "HTTP cameras (MJPEG, 1280x720, 15 fps, two faces), each analysed at 5 fps; all processes together.",
        "",
        *table([*head, "latency p50, ms", "p95, ms"], rows),
        "",
        "Process start to first analysed frame, the camera's opening included: "
        f"{statistics.median(starts):.2f} s ({min(starts):.2f} to {max(starts):.2f}, {len(starts)} starts).",
        f"What one process of the libraries alone takes, MB of PSS: {floors}.",
    ]


PART = Part("daemon", "The daemon", _measure, _tell)

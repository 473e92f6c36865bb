"""``emotion-edge bench``: where the time of a frame goes on this machine."""

from __future__ import annotations

import json
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
from rich.console import Console
from rich.table import Table

from edge.bench.stages import StageTimes, TimedClassifier, TimedDetector, TimedSource
from edge.build import build_networks, build_pipeline
from edge.commands.replay import replay_settings
from edge.demo.scenes import SCENES, film
from edge.sources.opening import open_recording


def run_bench(source: Path | None, detector: str | None, as_json: bool) -> None:
    """Replay a video with every stage timed, one thread; print p50, p95 and p99.

    Raises:
        SourceError: The video cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="emotion-edge-bench-") as folder:
        measured = measure(source or film(SCENES[0], Path(folder)), detector)
    if as_json:
        print(json.dumps(measured, indent=2))
    else:
        _print_table(measured)


def measure(path: Path, detector: str | None) -> dict[str, Any]:
    """Times of each stage over one video, and the machine that they are from."""
    cv2.setNumThreads(1)
    settings = replay_settings(path, None, detector, None)
    networks = build_networks(settings.detector, settings.classifier)
    times = StageTimes()
    timed = replace(
        networks,
        detector=TimedDetector(networks.detector, times),
        classifier=TimedClassifier(networks.classifier, times),
    )
    pipeline = build_pipeline(timed, settings, settings.cameras[0])
    source = TimedSource(open_recording(path, "bench"), times)
    cpu_s, frames = time.process_time(), 0
    while (frame := source.read()) is not None:
        started_s = time.perf_counter()
        pipeline.process(frame)
        times.add("pipeline (detect, track, crop, classify, aggregate)", started_s)
        frames += 1
    source.close()
    return {
        "frames": frames,
        "detector": networks.detector.name,
        "model": f"{networks.model_name} {networks.model_version}",
        "cpu_ms_per_frame": round((time.process_time() - cpu_s) * 1000 / max(1, frames), 3),
        "stages": times.summary(),
        "machine": {"processor": _processor(), "cores": os.cpu_count()},
    }


def _print_table(measured: dict[str, Any]) -> None:
    table = Table("stage", "calls", "p50 ms", "p95 ms", "p99 ms", "total ms")
    for stage, figures in measured["stages"].items():
        table.add_row(
            stage, *(f"{figures[name]:g}" for name in ("calls", "p50_ms", "p95_ms", "p99_ms", "total_ms"))
        )
    console = Console()
    console.print(table)
    console.print(
        f"{measured['frames']} frames, {measured['cpu_ms_per_frame']} ms of processor a frame, "
        f"detector {measured['detector']}, model {measured['model']}, {measured['machine']['processor']}"
    )


def _processor() -> str:
    """The processor's own name, from the kernel."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    named = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    board = Path("/proc/device-tree/model")
    if board.is_file():
        return board.read_text(encoding="utf-8").rstrip("\0")
    return named.get("model name", "unknown")

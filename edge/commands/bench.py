"""``emotion-edge bench``: where the time of a frame goes, and how far that is from the limit."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
from rich.console import Console
from rich.table import Table

from edge.bench.measurement import Measurement, measure
from edge.bench.rounds import Spread
from edge.bench.source import bench_settings
from edge.build import build_networks
from edge.demo.scenes import SCENES, film


def run_bench(
    source: str | None,
    config: Path | None,
    detector: str | None,
    *,
    frames: int,
    rounds: int,
    as_json: bool,
    plot: Path | None,
) -> None:
    """Measure one source in one thread; print a table or JSON, draw a plot where one is asked for.

    Raises:
        ConfigError: The configuration is wrong.
        ModelError: A network is missing or altered.
        SourceError: The source cannot be read.
        EmotionEdgeError: The plot cannot be written: told before anything is measured.
    """
    if plot is not None:
        from edge.bench.plot import refuse_unwritable  # noqa: PLC0415 - matplotlib, and only for this

        refuse_unwritable(plot)
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory(prefix="emotion-edge-bench-") as folder:
        source = source or str(film(SCENES[0], Path(folder)))
        settings = bench_settings(source, config, detector={"name": detector} if detector else {})
        networks = build_networks(settings.detector, settings.classifier)
        measured = measure(settings, networks, frames=frames, rounds=rounds)
    if as_json:
        print(json.dumps(measured.as_json(), indent=2))
    else:
        show(measured, Console())
    if plot is not None:
        from edge.bench.plot import draw_stages  # noqa: PLC0415

        draw_stages(measured, plot)


def show(measured: Measurement, console: Console) -> None:
    """Print what was measured, for people."""
    table = Table("stage", "calls", "p50 ms", "p95 ms", "p99 ms", "total ms", "share")
    for stage in measured.stages:
        figures = (stage.calls, stage.p50_ms, stage.p95_ms, stage.p99_ms, stage.total_ms)
        table.add_row(stage.stage, *(f"{value:g}" for value in figures), f"{stage.share:.1%}")
    console.print(table)
    for line in _summary(measured):
        console.print(line)


def _summary(measured: Measurement) -> Iterator[str]:
    cost, machine = measured.cpu_ms_per_frame, measured.machine
    yield (
        f"{measured.frames} frames of {measured.width}x{measured.height}, {measured.faces_per_frame:g} faces "
        f"a frame, {measured.dropped} dropped, detector {measured.detector}, model {measured.model}"
    )
    yield f"processor: {_told(cost)} ms a frame (median, quartiles of {cost.rounds} rounds)"
    if measured.overhead is not None:
        ratio = measured.overhead.ratio
        yield (
            "limit, the same work in a bare loop: "
            f"{_told(measured.overhead.limit_cpu_ms_per_frame)} ms; overhead {ratio.median:.1%} "
            f"({ratio.low:.1%} to {ratio.high:.1%}), {measured.overhead.us_per_frame.median:.0f} us a frame"
        )
    pss_mb, rss_mb = measured.pss_bytes / 1e6, measured.peak_rss_bytes / 1e6
    yield f"memory: {pss_mb:.0f} MB (PSS), at most {rss_mb:.0f} MB (RSS), the bench's own included"
    yield f"{machine.processor}, {machine.cores} cores, load {machine.load_average:g}"


def _told(spread: Spread) -> str:
    return f"{spread.median:.2f} ({spread.low:.2f} to {spread.high:.2f})"

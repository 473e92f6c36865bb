"""The curves of cost over work, one picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.bench.targets import Found


def draw(found: Found, path: Path) -> None:
    """Write cost over faces, resolution, cameras and search rate, as far as they are measured."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - an extra, loaded when all is measured

    figure = Figure(figsize=(11, 7), layout="constrained")
    axes = figure.subplots(2, 2).flat
    _curve(next(axes), found.get("faces", {}), "faces in view (1280x720)")
    _curve(next(axes), found.get("resolutions", {}), "frame, two faces, decoding included")
    cameras = next(axes)
    runs = found.get("daemon", {}).get("runs", [])
    counts = [run["cameras"] for run in runs]
    cameras.plot(counts, [50 * run["cpu_share"] for run in runs], marker="o", label="% of two cores")
    cameras.plot(counts, [run["pss_bytes"] / 1e6 for run in runs], marker="s", label="PSS, MB")
    cameras.set_xlabel("cameras (720p, analysed at 5 fps)")
    cameras.set_ylim(bottom=0)
    cameras.legend()
    search = next(axes)
    rates = {int(name): one for name, one in found.get("search", {}).items() if name.isdecimal()}
    moved = [100 * one["moved"] for one in rates.values()]
    search.plot([one["cpu_ms"] for one in rates.values()], moved, marker="o")
    for every, one in rates.items():
        search.annotate(f"every {every}", (one["cpu_ms"], 100 * one["moved"]))
    search.set_xlabel("ms of processor a frame")
    search.set_ylabel("% of a window told otherwise")
    figure.savefig(path, dpi=90)


def _curve(axes: Any, figures: dict[str, Any], label: str) -> None:
    medians = [one["cpu_ms"]["median"] for one in figures.values()]
    spans = [
        [one["cpu_ms"]["median"] - one["cpu_ms"]["low"] for one in figures.values()],
        [one["cpu_ms"]["high"] - one["cpu_ms"]["median"] for one in figures.values()],
    ]
    axes.errorbar(list(figures), medians, yerr=spans, marker="o", capsize=3)
    axes.set_xlabel(label)
    axes.set_ylabel("ms of processor a frame")
    axes.set_ylim(bottom=0)

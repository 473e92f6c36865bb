"""Searching every n-th frame only: what that saves, and what it costs in the events."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path

import cv2

from edge.bench.in_process import Device
from edge.bench.source import bench_settings
from edge.build import Networks, build_networks
from edge.datatypes import EmotionEvent
from tests.bench.films import crowd
from tests.bench.part import Figures, Part, table
from tests.bench.peer_process import ROOT

EVERY_N_FRAMES = (1, 2, 3, 5)
_VIDEOS = ROOT.parent / "shared" / "videos"


def _measure(work: Path) -> Figures:
    cv2.setNumThreads(1)
    films = sorted(_VIDEOS.glob("intel_asl_*.mkv")) or [crowd(work, 640, 480, 2)]
    settings = bench_settings(str(films[0]))
    networks = build_networks(settings.detector, settings.classifier)
    found: Figures = {"films": len(films), "real": _VIDEOS.is_dir()}
    exact: list[EmotionEvent] = []
    for every in EVERY_N_FRAMES:
        runs = [_run(film, networks, every) for film in films]
        events = [event for _, event in runs]
        exact = exact or events
        each = [moved(one, other) for one, other in zip(exact, events, strict=True)]
        found[str(every)] = {
            "cpu_ms": statistics.fmean(cost for cost, _ in runs),
            "same_dominant": sum(a.dominant == b.dominant for a, b in zip(exact, events, strict=True)),
            "moved": statistics.fmean(each),
            "most_moved": max(each),
            "tracks": sum(event.faces.tracks for event in events if event.faces),
        }
    return found


def _run(film: Path, networks: Networks, every: int) -> tuple[float, EmotionEvent]:
    """Milliseconds of processor a frame, and the one window that the film fills."""
    settings = bench_settings(str(film), detector={"every_n_frames": every}, aggregate={"window_s": 60})
    windows: list[EmotionEvent] = []
    with Device(settings, networks) as device:
        cost = device.run(10_000, lambda *_: windows.extend(_open(device)))
    return cost.cpu_ms_per_frame, windows[-1]


def _open(device: Device) -> Iterator[EmotionEvent]:
    window = device.pipeline.peek()
    if window is not None:
        yield window


def moved(one: EmotionEvent, other: EmotionEvent) -> float:
    """Half of the summed differences of the shares: the part of the window that is told otherwise."""
    ours, theirs = one.shares or {}, other.shares or {}
    return sum(abs(ours.get(label, 0) - theirs.get(label, 0)) for label in {*ours, *theirs}) / 2


def _tell(figures: Figures) -> list[str]:
    films = figures["films"]
    rows = [
        [
            every,
            f"{found['cpu_ms']:.2f}",
            f"{found['same_dominant']} of {films}",
            f"{found['moved']:.1%} ({found['most_moved']:.1%})",
            found["tracks"],
        ]
        for every, found in figures.items()
        if every.isdecimal()
    ]
    what = "real webcam clips of one person signing" if figures["real"] else "a film of two portraits"
    head = [
        "every n frames",
        "ms of processor a frame",
        "same dominant class",
        "share moved (most)",
        "tracks",
    ]
    return [
        f"{films} films ({what}), one window each, against searching every frame.",
        "",
        *table(head, rows),
    ]


PART = Part("search", "Searching every n-th frame (640x480, one thread)", _measure, _tell)

"""``emotion-edge bench-tracks``: what searching every n-th frame only saves and costs in identities."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import cv2
from rich.console import Console
from rich.table import Table

from edge.bench import identities
from edge.bench.identities import Identities
from edge.build import build_detector, tracker_limits
from edge.commands.replay import replay_settings
from edge.protocols import FaceDetector
from edge.settings import Settings
from edge.sources.opening import open_recording
from edge.tracker import Tracker

EVERY_N_FRAMES = (1, 2, 3, 5, 8)


def run_bench_tracks(videos: Sequence[Path], detector: str | None) -> None:
    """Track the faces of some videos at several search rates; print one row a rate.

    Raises:
        SourceError: A video cannot be read.
    """
    cv2.setNumThreads(1)
    settings = replay_settings(videos[0], None, detector, None)
    found = build_detector(settings.detector)
    table = Table("every n frames", "films", "ids", "switches", "frames with a track", "detector ms a frame")
    for every in EVERY_N_FRAMES:
        measured = [_track(video, found, settings, every) for video in videos]
        total = [identity for identity, _ in measured]
        table.add_row(
            str(every),
            str(len(videos)),
            str(sum(one.ids for one in total)),
            str(sum(one.switches for one in total)),
            f"{sum(one.tracked_share for one in total) / len(total):.1%}",
            f"{sum(ms for _, ms in measured) / len(measured):.2f}",
        )
    console = Console()
    console.print(table)
    console.print(f"detector {found.name}, one thread")


def _track(path: Path, detector: FaceDetector, settings: Settings, every: int) -> tuple[Identities, float]:
    tracker = Tracker(tracker_limits(settings, settings.cameras[0]))
    source = open_recording(path, "bench")
    frames, detect_s, number = [], 0.0, 0
    while (frame := source.read()) is not None:
        if number % every == 0:
            started_s = time.perf_counter()
            found = detector.detect(frame.image)
            detect_s += time.perf_counter() - started_s
            tracks = tracker.update(found, frame.monotonic_s)
        else:
            tracks = tracker.coast(frame.monotonic_s)
        frames.append((frame.monotonic_s, tracks))
        number += 1
    source.close()
    return identities.count(frames), 1000 * detect_s / max(1, number)

"""Cost over faces in view, over resolution, and over threads."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from edge.bench.in_process import Cost
from edge.bench.measurement import run_device
from edge.bench.rounds import Spread, alternate, cpu_ms
from edge.bench.source import bench_settings
from edge.build import Networks, build_networks
from edge.datatypes import BgrImage, FaceTensor
from edge.settings import Settings
from tests.bench.films import crowd
from tests.bench.part import Figures, Part, spread, table

FACES = (0, 1, 2, 4, 8, 16, 32)
SIZES = ((640, 480), (1280, 720), (1920, 1080), (2560, 1440), (3840, 2160))
THREADS = (1, 2, 4)
_FRAMES, _ROUNDS = 60, 5
#: Measurements of the thread count, and how long one takes for each count.
_STARTS, _SHORT_S = 12, 0.25


def _faces(work: Path) -> Figures:
    films = {str(faces): bench_settings(str(crowd(work, 1280, 720, faces))) for faces in FACES}
    return _curve(films)


def _sizes(work: Path) -> Figures:
    return _curve({f"{w}x{h}": bench_settings(str(crowd(work, w, h, 2))) for w, h in SIZES})


def _curve(films: dict[str, Settings]) -> Figures:
    """Each film in turn, one thread."""
    cv2.setNumThreads(1)
    one = next(iter(films.values()))
    networks = build_networks(one.detector, one.classifier)
    costs = alternate(
        {name: partial(run_device, settings, networks, _FRAMES) for name, settings in films.items()}, _ROUNDS
    )
    return {
        name: {"cpu_ms": asdict(cpu_ms(found)), "faces_per_frame": found[0].faces / found[0].frames}
        for name, found in costs.items()
    }


def _threads(work: Path) -> Figures:
    video = str(crowd(work, 1280, 720, 2))
    ways = {str(count): _with_threads(video, count) for count in THREADS}
    costs = alternate(ways, _ROUNDS)
    figures: Figures = {
        name: {
            "cpu_ms": asdict(cpu_ms(found)),
            "wall_ms": asdict(Spread.of([1000 * cost.wall_s / cost.frames for cost in found])),
        }
        for name, found in costs.items()
    }
    return figures | {"startup": _startup_choices(video)}


def _startup_choices(video: str) -> Figures:
    """How often a short measurement, as a start could afford, would find each count to be the fastest."""
    settings = bench_settings(video)
    frame = np.asarray(cv2.VideoCapture(video).read()[1], dtype=np.uint8)
    loaded = {
        count: build_networks(settings.detector, settings.classifier.model_copy(update={"threads": count}))
        for count in THREADS
    }
    crop = loaded[1].crop
    faces = np.zeros((2, crop.height, crop.width, 1), np.float32)
    chosen = dict.fromkeys(map(str, THREADS), 0)
    for _ in range(_STARTS):
        took = {
            count: _short_measurement(networks, count, frame, faces) for count, networks in loaded.items()
        }
        chosen[str(min(took, key=lambda count: took[count]))] += 1
    return chosen


def _short_measurement(networks: Networks, threads: int, frame: BgrImage, faces: FaceTensor) -> float:
    """Median seconds of a search and two readings, a quarter of a second of them."""
    cv2.setNumThreads(threads)
    took = []
    until_s = time.perf_counter() + _SHORT_S
    while (began_s := time.perf_counter()) < until_s:
        networks.detector.detect(frame)
        networks.classifier.classify(faces)
        took.append(time.perf_counter() - began_s)
    return statistics.median(took)


def _with_threads(video: str, count: int) -> Callable[[], Cost]:
    settings = bench_settings(video, classifier={"threads": count})
    networks = build_networks(settings.detector, settings.classifier)

    def run() -> Cost:
        cv2.setNumThreads(count)
        return run_device(settings, networks, _FRAMES)

    return run


def per_face_ms(figures: Figures, faces: int) -> float:
    """What each of so many faces adds to a frame without any, milliseconds of processor."""
    found = figures[str(faces)]
    added = found["cpu_ms"]["median"] - figures["0"]["cpu_ms"]["median"]
    return float(added / found["faces_per_frame"])


def _tell_faces(figures: Figures) -> list[str]:
    rows = [
        [
            name,
            f"{found['faces_per_frame']:.1f}",
            spread(found["cpu_ms"]),
            f"{per_face_ms(figures, int(name)):.3f}" if name != "0" else "",
        ]
        for name, found in figures.items()
    ]
    return table(["faces", "read a frame", "ms of processor a frame", "more for each face, ms"], rows)


def _tell_sizes(figures: Figures) -> list[str]:
    rows = [[name, spread(found["cpu_ms"])] for name, found in figures.items()]
    return table(["frame", "ms of processor a frame, decoding included"], rows)


def _tell_threads(figures: Figures) -> list[str]:
    counts = {name: found for name, found in figures.items() if name.isdecimal()}
    rows = [[name, spread(found["cpu_ms"]), spread(found["wall_ms"])] for name, found in counts.items()]
    head = ["threads of classifier and OpenCV", "ms of processor a frame", "ms a frame"]
    if "startup" not in figures:
        return table(head, rows)
    chosen = ", ".join(f"{count}: {times}" for count, times in figures["startup"].items())
    return [
        *table(head, rows),
        "",
        f"What {sum(figures['startup'].values())} measurements of {_SHORT_S:g} s a count, as a start could "
        f"afford, found to be the fastest, times by count: {chosen}. The count is fixed at 1: more threads "
        "cost processor at any load; what they gain in time is on idle cores, or taken from what else runs; "
        "and a start measures the cores as they are while a device starts.",
    ]


PARTS = (
    Part("faces", "Faces in view (1280x720, one thread)", _faces, _tell_faces),
    Part("resolutions", "Resolution (two faces, one thread)", _sizes, _tell_sizes),
    Part("threads", "Threads (1280x720, two faces)", _threads, _tell_threads),
)

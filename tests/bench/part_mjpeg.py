"""MJPEG: whether the decoder of thinned streams tells the same; what decoding at half the size would do."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from edge.bench.source import bench_settings
from edge.build import Networks, build_networks, build_pipeline
from edge.contract.preprocess import face_tensor
from edge.datatypes import BgrImage, Box, EmotionEvent, Frame, Observation
from edge.sources.jpeg_grabber import JpegGrabber
from edge.sources.landing import Heap
from edge.sources.opencv_capture import Grabber, open_capture
from tests.bench.films import crowd
from tests.bench.part import Figures, Part, table
from tests.bench.part_search import moved
from tests.bench.peer_process import ROOT

_SHARED = ROOT.parent / "shared"
_SIZES = ((1280, 720), (1920, 1080), (2560, 1440), (3840, 2160))
_ROUNDS = 25
_PHOTOS = 200
_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 85]
#: Longer sides of faces in the full picture, pixels, up to which they are counted together.
_SIDES_PX = (48, 64, 96, 128, 10_000)
_Run = tuple[list[list[Observation]], EmotionEvent]


def _measure(work: Path) -> Figures:
    cv2.setNumThreads(1)
    films = sorted((_SHARED / "videos").glob("intel_asl_*.mkv")) or [crowd(work, 640, 480, 2)]
    settings = bench_settings(str(films[0]))
    networks = build_networks(settings.detector, settings.classifier)
    return {
        "decoders": _decoders(films, work, networks),
        "cost": {f"{width}x{height}": _cost(width, height, work, networks) for width, height in _SIZES},
        "faces": _faces(networks),
    }


def _decoders(films: list[Path], work: Path, networks: Networks) -> Figures:
    """The same MJPEG files by FFmpeg, as a stream is read of which every frame is wanted, and as packets."""
    same = total = 0
    pairs = []
    for film in films:
        recorded = _as_mjpeg(film, work / "recorded.avi")
        one, other = (_run(recorded, kind, networks) for kind in (Grabber, JpegGrabber))
        pairs.append((one[1], other[1]))
        for ours, theirs in zip(one[0], other[0], strict=True):
            labels = [(a.label, b.label) for a, b in zip(ours, theirs, strict=False)]
            total, same = total + len(labels), same + sum(a == b for a, b in labels)
    shares = [moved(one, other) for one, other in pairs]
    return {
        "films": len(films),
        "readings": total,
        "same_label": same / max(1, total),
        "same_dominant": sum(one.dominant == other.dominant for one, other in pairs),
        "same_tracks": sum(one.faces == other.faces for one, other in pairs),
        "moved": statistics.fmean(shares),
        "most_moved": max(shares),
    }


def _as_mjpeg(film: Path, into: Path) -> Path:
    capture = cv2.VideoCapture(str(film))
    size = tuple(int(capture.get(side)) for side in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    writer = cv2.VideoWriter(str(into), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"MJPG"), 15.0, size)
    while True:
        there, image = capture.read()
        if not there:
            break
        writer.write(image)
    writer.release()
    return into


def _run(film: Path, kind: Callable[[Any, Heap], Grabber], networks: Networks) -> _Run:
    """What was seen in each frame, and the one window of the film."""
    settings = bench_settings(str(film), aggregate={"window_s": 60})
    capture = open_capture(str(film), cv2.CAP_FFMPEG)
    assert capture is not None
    if kind is JpegGrabber:
        assert capture.set(cv2.CAP_PROP_FORMAT, -1)
    grabber, pipeline = kind(capture, Heap()), build_pipeline(networks, settings, settings.cameras[0])
    seen: list[list[Observation]] = []
    while grabber.grab() and (image := grabber.retrieve()) is not None:
        number = len(seen)
        seen.append(pipeline.process(Frame("bench", image, number, number / 15, number / 15)).observations)
    (window,) = pipeline.flush()
    return seen, window


def _cost(width: int, height: int, work: Path, networks: Networks) -> Figures:
    """Milliseconds of processor for one picture at full and at half the size, decoded and searched."""
    capture = cv2.VideoCapture(str(crowd(work, width, height, 2)))
    packet = cv2.imencode(".jpg", capture.read()[1], _QUALITY)[1]
    taken: dict[str, list[float]] = {}
    for _ in range(_ROUNDS):
        for name, flag in (("full", cv2.IMREAD_COLOR), ("half", cv2.IMREAD_REDUCED_COLOR_2)):
            began_s = time.thread_time()
            networks.detector.detect(_decoded(packet, flag))
            taken.setdefault(name, []).append(1000 * (time.thread_time() - began_s))
    return {name: statistics.median(took) for name, took in taken.items()}


def _faces(networks: Networks) -> Figures:
    """By the size of a face: how many, and the share that is given the same label at half the size."""
    found: dict[int, list[bool]] = {side: [] for side in _SIDES_PX}
    for path in sorted((_SHARED / "data" / "faces_eval").rglob("*.jpg"))[:_PHOTOS]:
        photo = np.asarray(cv2.imread(str(path)), dtype=np.uint8)
        packet = cv2.imencode(".jpg", photo, _QUALITY)[1]
        full, half = _decoded(packet, cv2.IMREAD_COLOR), _decoded(packet, cv2.IMREAD_REDUCED_COLOR_2)
        scale = half.shape[1] / full.shape[1]
        for face in networks.detector.detect(full):
            smaller = Box(*(scale * corner for corner in face.box))
            labels = list(_labels(networks, (full, face.box), (half, smaller)))
            side = max(face.box.width, face.box.height)
            found[next(most for most in _SIDES_PX if side < most)].append(labels[0] == labels[1])
    return {
        str(side): {"faces": len(same), "same": sum(same) / len(same)} for side, same in found.items() if same
    }


def _labels(networks: Networks, *faces: tuple[BgrImage, Box]) -> Iterator[int]:
    for image, box in faces:
        yield int(networks.classifier.classify(face_tensor(image, box, networks.crop))[0].argmax())


def _decoded(packet: Any, flag: int) -> BgrImage:
    return np.asarray(cv2.imdecode(packet, flag), dtype=np.uint8)


def _tell(figures: Figures) -> list[str]:
    told = figures["decoders"]
    sizes = [
        [size, f"{took['full']:.1f}", f"{took['half']:.1f}", f"{took['half'] / took['full']:.2f}x"]
        for size, took in figures["cost"].items()
    ]
    faces = [[f"below {side}", one["faces"], f"{one['same']:.0%}"] for side, one in figures["faces"].items()]
    films = told["films"]
    return [
        f"A stream that is thinned out is decoded by libjpeg, others by FFmpeg. {films} films recorded as "
        f"MJPEG and read both ways: {told['same_label']:.1%} of {told['readings']} readings have the same "
        f"label, {told['same_dominant']} of {films} windows the same dominant class, {told['same_tracks']} "
        f"the same counts of faces; {told['moved']:.1%} of a window moves to another class "
        f"({told['most_moved']:.1%} at most).",
        "",
        "Decoding at half the size is not done. What it would save, decoding and searching a frame, ms of "
        "processor:",
        "",
        *table(["frame", "full", "half", ""], sizes),
        "",
        f"And what it would do to the reading of faces, first {_PHOTOS} photos of the detector's test set:",
        "",
        *table(["face in the full frame, px", "faces", "same label at half the size"], faces),
    ]


PART = Part("mjpeg", "MJPEG: decoders, and decoding at half the size", _measure, _tell)

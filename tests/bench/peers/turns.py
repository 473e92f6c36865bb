"""How a peer's script talks to the run that compares; standard library and OpenCV, any environment."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

#: Takes a frame, (H, W, 3) uint8 BGR, and returns how many faces it has read.
Analyse = Callable[[npt.NDArray[np.uint8]], int]

_WARM_UP_FRAMES = 3


def serve(load: Callable[[int], Analyse]) -> None:
    """Be a peer that takes frame after frame; ``load`` gets the number of threads, 0 for its own choice."""
    video, frames, threads = arguments()
    analyse = load(threads)
    _turn(video, _WARM_UP_FRAMES, analyse)
    answer(lambda: _turn(video, frames, analyse))


def arguments() -> tuple[str, int, int]:
    """Video, number of frames and number of threads; OpenCV is told the latter."""
    threads = int(sys.argv[3])
    if threads:
        cv2.setNumThreads(threads)
    return sys.argv[1], int(sys.argv[2]), threads


def answer(turn: Callable[[], dict[str, float]]) -> None:
    """Say that all is loaded; take a turn for each line that comes."""
    # Libraries may print to standard output: the answers have a descriptor of their own from here on.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    print("ready", file=answers, flush=True)
    for _ in sys.stdin:
        print(json.dumps(turn()), file=answers, flush=True)


def _turn(video: str, frames: int, analyse: Analyse) -> dict[str, float]:
    capture = cv2.VideoCapture(video)
    cpu_s, began_s, done, faces = time.process_time(), time.perf_counter(), 0, 0
    while done < frames:
        there, frame = capture.read()
        if not there:
            break
        faces += analyse(np.asarray(frame, dtype=np.uint8))
        done += 1
    cpu_s, wall_s = time.process_time() - cpu_s, time.perf_counter() - began_s
    capture.release()
    return {"frames": done, "cpu_s": cpu_s, "wall_s": wall_s, "faces": faces}

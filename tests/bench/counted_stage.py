"""``python -m tests.bench.counted_stage STAGE FRAMES``: one stage without a network, on made-up faces.

Run under callgrind by ``instructions.py``; imports only what the stages need, so that it starts soon.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from edge.aggregator import WindowAggregator, WindowLimits
from edge.capture.slot import SlotReader, SlotWriter
from edge.capture.slot_memory import Header, create_slot
from edge.datatypes import Box, Detection, Frame, Observation, Track
from edge.detectors.decode import decode, lit_cells
from edge.detectors.few_cells import faces
from edge.detectors.nms import DEFAULT_IOU
from edge.mqtt.payload import Identity, ModelVersion, window_message
from edge.smoothing import Smoother, SmoothingLimits
from edge.tracker import Tracker, TrackerLimits

FACES = 4
_FPS = 15.0
_LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
_RANDOM = np.random.default_rng(1)
_PROBABILITIES = _RANDOM.dirichlet(np.ones(len(_LABELS)), FACES).astype(np.float32)
_STRIDES = (8, 16, 32)


def _box(face: int, number: int) -> Box:
    x = 200.0 * face + number % 7
    return Box(x, 100.0, x + 90, 220.0)


def _frame(number: int) -> Frame:
    image = np.empty((1, 1, 3), np.uint8)
    return Frame("door", image, number, number / _FPS, 1_800_000_000 + number / _FPS)


def _heads(faces: int) -> list[npt.NDArray[np.float32]]:
    heads = []
    for stride in _STRIDES:
        shape = (288 // stride, 480 // stride)
        logits = np.full((*shape, 1), -6.0, np.float32)
        logits[2:4, 2 : 2 + 2 * faces, 0] = 2.0  # a few cells a face, as they come
        heads += [logits, _RANDOM.normal(0, 0.3, (*shape, 4)).astype(np.float32)]
    return heads


def _decode() -> Callable[[int], object]:
    heads = _heads(FACES)
    return lambda _: decode(heads, _STRIDES, 0.6)


def _decode_few() -> Callable[[int], object]:
    heads = _heads(1)

    def work(_: int) -> object:
        every, lit = lit_cells(heads, 0.6)
        return faces(heads, _STRIDES, every, lit.tolist(), DEFAULT_IOU)

    return work


def _slot() -> Callable[[int], object]:
    fds = create_slot(4096)
    writer = SlotWriter(fds.memory, fds.mail_read, fds.mail_write, fds.back_read, lossless=True)
    reader = SlotReader(fds.memory, fds.mail_read, fds.back_write)

    def hand_over(number: int) -> object:
        writer.buffer(0.0)
        writer.publish(Header(30, 20, 90, number, number, number, True, 0))
        taken = reader.acquire()
        reader.release()
        return taken

    return hand_over


def _track() -> Callable[[int], object]:
    tracker = Tracker(TrackerLimits())
    return lambda number: tracker.update(
        [Detection(_box(face, number), 0.9) for face in range(FACES)], number / _FPS
    )


def _tracks(number: int) -> list[Track]:
    return [Track(face, _box(face, number), 0.9, detected=True) for face in range(FACES)]


def _smooth() -> Callable[[int], object]:
    smoother = Smoother(_LABELS, SmoothingLimits())
    return lambda number: smoother.update(_tracks(number), _PROBABILITIES, number / _FPS)


def _aggregate() -> Callable[[int], object]:
    aggregator = WindowAggregator("door", WindowLimits())
    seen = [Observation(track, "happy", _PROBABILITIES[0]) for track in _tracks(0)]
    return lambda number: aggregator.update(_frame(number), seen)


def _encode() -> Callable[[int], object]:
    aggregator = WindowAggregator("door", WindowLimits())
    seen = [Observation(track, "happy", _PROBABILITIES[0]) for track in _tracks(0)]
    for number in range(30):
        aggregator.update(_frame(number), seen)
    window = aggregator.peek()
    assert window is not None
    who, model = Identity("home", "pi", "boot"), ModelVersion("fer-compact", "1.1.0")
    return lambda number: window_message(window, who, model, id="id", seq=number)


STAGES = {
    "slot": _slot,
    "decode heads": _decode,
    "decode and suppress one face": _decode_few,
    "track": _track,
    "smooth": _smooth,
    "aggregate": _aggregate,
    "encode": _encode,
}

if __name__ == "__main__":
    work = STAGES[sys.argv[1]]()
    for index in range(int(sys.argv[2])):
        work(index)

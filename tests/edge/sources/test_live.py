from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from edge.errors import SourceError
from edge.sources.landing import Heap
from edge.sources.live import LiveSource
from edge.sources.opencv_capture import Grabber
from tests.edge.sources.fake_capture import FakeCapture
from tests.edge.sources.films import plain


class Ticking:
    """A clock that advances by a fixed step with each look at it."""

    def __init__(self, step_s: float) -> None:
        self.now_s, self.step_s = 50.0 - step_s, step_s

    def __call__(self) -> float:
        self.now_s += self.step_s
        return self.now_s


class CountingLanding(Heap):
    def __init__(self) -> None:
        self.beats = 0

    def beat(self) -> None:
        self.beats += 1


def live(capture: FakeCapture, fps: float | None = None) -> LiveSource:
    return LiveSource(
        "hall", Grabber(capture, Heap()), fps, "rtsp://cam: the stream broke off", monotonic=Ticking(1 / 32),
        utc=lambda: 1.7e9,
    )  # fmt: skip


def test_a_frame_is_stamped_when_it_arrives() -> None:
    frame = live(FakeCapture([plain(3)])).read()

    assert (frame.camera, frame.index, frame.monotonic_s, frame.utc_s) == ("hall", 0, 50.0, 1.7e9)
    assert frame.image.shape == (24, 32, 3)


def test_only_frames_that_are_due_are_decoded() -> None:
    capture = FakeCapture([plain(n) for n in range(32)])
    source = live(capture, fps=8)

    values = [int(source.read().image[0, 0, 0]) for _ in range(8)]

    assert values == [0, 4, 8, 12, 16, 20, 24, 28]
    assert capture.retrieved == 8


def test_the_end_of_a_camera_is_an_error() -> None:
    source = live(FakeCapture([plain(1)]))
    source.read()

    with pytest.raises(SourceError, match="broke off"):
        source.read()


def test_damaged_and_empty_frames_are_skipped_and_counted() -> None:
    source = live(FakeCapture([plain(1), None, np.zeros((0, 0, 3), np.uint8), plain(4)]))

    assert [(f.index, f.dropped) for f in (source.read(), source.read())] == [(0, 0), (3, 2)]


def test_a_damaged_frame_is_replaced_by_the_next_sound_one_at_a_low_rate_too() -> None:
    source = live(FakeCapture([None, None, plain(2), *(plain(n) for n in range(3, 32))]), fps=8)

    frames = [source.read() for _ in range(3)]

    assert [int(frame.image[0, 0, 0]) for frame in frames] == [2, 4, 8]
    assert frames[0].dropped == 2


def test_undecoded_frames_are_signs_of_life_only_after_a_sound_one() -> None:
    landing = CountingLanding()
    damaged = LiveSource(
        "hall", Grabber(FakeCapture([None] * 32), landing), 1.0, "lost", monotonic=Ticking(1 / 32)
    )
    with pytest.raises(SourceError, match="lost"):
        damaged.read()
    assert landing.beats == 0

    images = [plain(n) for n in range(64)]
    sound = LiveSource(
        "hall", Grabber(FakeCapture(list(images)), landing), 1.0, "lost", monotonic=Ticking(1 / 32)
    )
    assert [int(sound.read().image[0, 0, 0]) for _ in range(2)] == [0, 26]
    assert landing.beats == 27


def test_a_change_of_size_or_colour_in_mid_stream_is_survived() -> None:
    images: list[npt.NDArray[Any] | None] = [
        plain(1), plain(2, 64, 48), np.full((24, 32), 3, np.uint8), np.full((10, 12, 4), 4, np.uint8),
    ]  # fmt: skip
    source = live(FakeCapture(images))

    assert [source.read().image.shape for _ in range(4)] == [
        (24, 32, 3),
        (48, 64, 3),
        (24, 32, 3),
        (10, 12, 3),
    ]


def test_closing_releases_the_device() -> None:
    capture = FakeCapture([plain(1)])

    live(capture).close()

    assert capture.released == 1

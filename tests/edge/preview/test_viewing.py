from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from edge.datatypes import Box, Frame
from edge.pipeline import Analysis
from edge.preview.settings import PreviewSettings
from edge.preview.viewing import TooManyViewersError, Viewing
from tests.builders import frame, image, observation

SEEN = Analysis([observation()], [], [Box(0, 0, 40, 40)])
NOT_SEARCHED = Analysis([], [])


class Rig:
    """A preview whose clock the test turns."""

    def __init__(self, **changes: object) -> None:
        self.now_s = 0.0
        settings = PreviewSettings.model_validate({"max_fps": 5.0, **changes})
        self.viewing = Viewing(settings, patience_s=0.0, monotonic=lambda: self.now_s)

    def show(self, now_s: float, analysis: Analysis = SEEN, camera: str = "door") -> None:
        self.now_s = now_s
        self.viewing.show(frame(now_s, camera=camera, picture=image(64, 48, 100)), analysis)


class Untouchable:
    """In a frame's place: whoever reads anything of it but the camera's name fails the test."""

    camera = "door"

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"{name} was looked at")


def test_while_nobody_looks_no_pixel_is_touched_and_it_takes_no_time() -> None:
    rig = Rig()
    untouchable: Frame = Untouchable()  # type: ignore[assignment]
    began_s = time.perf_counter()
    for _ in range(10_000):
        rig.viewing.show(untouchable, SEEN)
    assert time.perf_counter() - began_s < 0.1  # 10 us a frame; measured: 0.1 us
    with rig.viewing.watching("yard"):  # another camera's viewer changes nothing
        rig.viewing.show(untouchable, SEEN)
    with rig.viewing.watching("door"):
        pass
    rig.viewing.show(untouchable, SEEN)  # they have gone again
    with rig.viewing.watching("door"), pytest.raises(AssertionError, match="was looked at"):
        rig.viewing.show(untouchable, SEEN)


def test_pictures_come_at_most_at_the_configured_rate() -> None:
    rig = Rig()
    numbers = set()
    with rig.viewing.watching("door") as channel:
        for turn in range(100):  # 10 s at 10 frames a second
            rig.show(turn / 10)
            newest = channel.wait(0, 0.0)
            assert newest is not None
            numbers.add(newest.number)
    assert 50 <= len(numbers) <= 51


def test_a_frame_that_was_not_searched_for_faces_is_never_shown() -> None:
    rig = Rig()
    with rig.viewing.watching("door") as channel:
        rig.show(0.0, NOT_SEARCHED)
        assert channel.wait(0, 0.0) is None
        rig.show(0.1)
        assert channel.wait(0, 0.0) is not None


def test_a_picture_is_pixelated_before_any_other_thread_can_see_it() -> None:
    rig = Rig()
    with rig.viewing.watching("door") as channel:
        speckled = np.random.default_rng(1).integers(0, 256, (48, 64, 3)).astype(np.uint8)
        rig.viewing.show(frame(0.0, picture=speckled), SEEN)
        newest = channel.wait(0, 0.0)
        assert newest is not None
        assert len(np.unique(newest.picture.image[:40, :40].reshape(-1, 3), axis=0)) <= 36


def test_a_slow_viewer_misses_pictures_and_gets_the_newest() -> None:
    rig = Rig()
    with rig.viewing.watching("door") as channel:
        rig.show(0.0)
        first = channel.wait(0, 0.0)
        for second in (1.0, 2.0, 3.0):
            rig.show(second)
        assert first is not None
        newest = channel.wait(first.number, 0.0)
        assert newest is not None
        assert (first.number, newest.number) == (1, 4)
        assert channel.wait(newest.number, 0.0) is None


def test_two_viewers_of_a_picture_share_one_encoding() -> None:
    rig = Rig()
    with rig.viewing.watching("door") as one, rig.viewing.watching("door") as other:
        rig.show(0.0)
        pictures = [channel.wait(0, 0.0) for channel in (one, other)]
        assert pictures[0] is not None
        assert pictures[1] is not None
        assert pictures[0].picture.jpeg() is pictures[1].picture.jpeg()


def test_viewers_are_limited_over_all_cameras_and_make_room_when_they_go() -> None:
    rig = Rig(max_viewers=2)
    with rig.viewing.watching("door"):
        with rig.viewing.watching("yard"), pytest.raises(TooManyViewersError), rig.viewing.watching("door"):
            pass
        with rig.viewing.watching("door"):
            pass


def test_a_place_that_becomes_free_in_time_is_given() -> None:
    viewing = Viewing(PreviewSettings(max_viewers=1), patience_s=30.0)
    looks = threading.Event()

    def look() -> None:
        with viewing.watching("yard"):
            looks.set()

    waiting = threading.Thread(target=look)
    with viewing.watching("door"):
        waiting.start()
        assert not looks.wait(0.05)
    assert looks.wait(10)
    waiting.join()


def test_whoever_waits_is_woken_by_a_picture_and_by_the_end() -> None:
    rig = Rig()
    got: list[object] = []
    with rig.viewing.watching("door") as channel:

        def wait() -> None:
            got.append(channel.wait(0, 30.0))
            got.append(channel.wait(1, 30.0))

        waiting = threading.Thread(target=wait)
        waiting.start()
        rig.show(0.0)
        while len(got) < 1:
            time.sleep(0.005)
        while waiting.is_alive():  # the thread may not wait again yet when it is woken
            rig.viewing.close()
            waiting.join(0.05)
    assert got[0] is not None
    assert got[1] is None
    assert rig.viewing.closed

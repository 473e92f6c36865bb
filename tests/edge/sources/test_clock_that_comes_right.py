"""Wherever a frame is stamped, a wrong time is never called a right one, however the clock steps."""

from __future__ import annotations

import pytest

from edge.capture.system_camera import Outlet
from edge.sources.landing import Heap
from edge.sources.live import LiveSource
from edge.sources.opencv_capture import Grabber
from edge.sources.paced import PacedSource
from tests.edge.capture.seats import seated
from tests.edge.sources.fake_capture import FakeCapture
from tests.edge.sources.films import plain
from tests.edge.sources.test_paced import FakeFootage

RIGHT_S = 1_795_176_000


class Clock:
    """Wrong and unset for so many looks, right and synchronised from then on."""

    def __init__(self, wrong_looks: int) -> None:
        self._wrong_looks = wrong_looks

    def right(self) -> bool:
        self._wrong_looks -= 1
        return self._wrong_looks < 0

    def utc_s(self) -> float:
        return RIGHT_S if self.right() else 0.0

    def utc_ns(self) -> int:
        return round(self.utc_s() * 1e9)


@pytest.mark.parametrize("wrong_looks", [0, 1, 2])
def test_a_live_camera_s_frame(wrong_looks: int) -> None:
    clock = Clock(wrong_looks)
    grabber = Grabber(FakeCapture([plain(1)]), Heap())
    frame = LiveSource("hall", grabber, None, "lost", utc=clock.utc_s, synced=clock.right).read()
    assert frame.clock_synced <= (frame.utc_s == RIGHT_S)


@pytest.mark.parametrize("wrong_looks", [0, 1, 2])
def test_a_film_s_frame(wrong_looks: int) -> None:
    clock = Clock(wrong_looks)
    frame = PacedSource(
        "hall", lambda: FakeFootage([0.0]), Heap(), loop=False, paced=False,
        utc=clock.utc_s, synced=clock.right,
    ).read()  # fmt: skip
    assert frame is not None
    assert frame.clock_synced <= (frame.utc_s == RIGHT_S)


@pytest.mark.parametrize("wrong_looks", [0, 1, 2])
def test_a_frame_of_the_system_s_python(wrong_looks: int) -> None:
    clock = Clock(wrong_looks)
    with seated({}) as daemon:
        outlet = Outlet(daemon.seat, "cam", utc_ns=clock.utc_ns, synced=clock.right)
        outlet.deliver(4, 4, 12, len)
        taken = daemon.frames.acquire()
        assert taken is not None
        assert taken[0].clock_synced <= (taken[0].utc_ns == RIGHT_S * 10**9)

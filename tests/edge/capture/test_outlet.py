from __future__ import annotations

from collections.abc import Callable

from edge.capture.system_camera import Outlet
from tests.edge.capture.seats import seated

_SIZE_BYTES = 4 * 12


def copies(count_bytes: int) -> Callable[[memoryview], int]:
    return lambda memory: count_bytes


def test_undelivered_frames_are_signs_of_life_only_after_a_sound_one() -> None:
    with seated({"fps": 1.0}) as daemon:
        now_ns = iter(range(0, 10**10, 10**8))
        outlet = Outlet(daemon.seat, "cam", monotonic_ns=lambda: next(now_ns))

        for _ in range(5):
            outlet.deliver(4, 4, 12, copies(0))
        assert daemon.frames.beats() == 0
        assert not daemon.frames.waiting()

        outlet.deliver(4, 4, 12, copies(_SIZE_BYTES))
        outlet.deliver(4, 4, 12, copies(_SIZE_BYTES))
        assert daemon.frames.beats() == 2
        taken = daemon.frames.acquire()

        assert taken is not None
        assert (taken[0].number, taken[0].dropped) == (5, 5)
        assert outlet.frames == 1

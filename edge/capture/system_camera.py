"""What picamera2 and GStreamer cameras share: stamping, thinning and publishing raw frames.

Standard library only, Python 3.9: runs under the system's Python.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from edge.capture.seat import Seat
from edge.capture.slot_memory import Header, check_fits
from edge.clock import clock_synced
from edge.sources.cadence import Cadence


class CameraError(Exception):
    """The camera cannot be opened or has stopped; the message is shown to the operator."""


class Outlet:
    """Takes frames of a system camera to the slot.

    ``deliver`` is called for every frame that arrives, ``copy_to`` only for those that are due.
    """

    def __init__(
        self,
        seat: Seat,
        address: str,
        *,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
        utc_ns: Callable[[], int] = time.time_ns,
        synced: Callable[[], bool] = clock_synced,
    ) -> None:
        self._seat, self._address = seat, address
        self._monotonic_ns, self._utc_ns, self._synced = monotonic_ns, utc_ns, synced
        self._cadence = Cadence(seat.camera.get("fps"))
        self._number = self._damaged = 0
        self._sound = True

    @property
    def frames(self) -> int:
        """Frames published so far."""
        return self._number - self._damaged

    def deliver(
        self, width: int, height: int, stride_bytes: int, copy_to: Callable[[memoryview], int]
    ) -> None:
        """Publish a frame if it is due.

        Args:
            width: Pixels in a row.
            height: Rows.
            stride_bytes: Bytes from one row to the next.
            copy_to: Copies the frame into the memory given, returns the bytes copied; a frame
                that comes short is counted as dropped.

        Raises:
            SlotError: The frame is larger than the slot.
        """
        now_ns = self._monotonic_ns()
        # A damaged frame is replaced by the next sound one; until then nothing counts as life.
        if self._sound and not self._cadence.due(now_ns / 1e9):
            self._seat.writer.beat()
            return
        # In this order: where the clock comes right in between, a right time is called doubtful.
        synced, utc_ns = self._synced(), self._utc_ns()
        header = Header(width, height, stride_bytes, self._number, now_ns, utc_ns, synced, self._damaged)
        check_fits(header, self._seat.writer.capacity_bytes)
        self._number += 1
        # The last row of a cropped frame may lack its padding.
        copied_bytes = copy_to(self._seat.room())
        self._sound = bool(width) and copied_bytes >= header.image_bytes - stride_bytes + width * 3
        if not self._sound:
            self._damaged += 1
            return
        self._seat.writer.beat()
        self._seat.writer.publish(header)
        if self.frames == 1:
            self._seat.messages.opened(self._address, width, height)

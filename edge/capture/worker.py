"""The capture process of a camera that OpenCV reads: ``python -m edge.capture.worker``.

Decodes straight into the shared-memory slot. Started by ``edge.capture.process``, never by hand.
"""

from __future__ import annotations

import logging
import sys

import cv2
import numpy as np

from edge.capture.pixels import as_canvas
from edge.capture.plain_camera import plain_camera
from edge.capture.seat import Seat, silence_native_output, take_seat
from edge.capture.slot import ReaderGoneError
from edge.capture.slot_memory import Header, SlotError, check_fits
from edge.datatypes import BgrImage, Frame
from edge.errors import SourceError
from edge.protocols import FrameSource
from edge.sources.opening import open_source


class SlotLanding:
    """Lets a source decode into the slot."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        self._canvas: BgrImage | None = None

    def canvas(self, height: int, width: int) -> BgrImage:
        pixels = self._seat.room()
        if height * width * 3 > len(pixels):  # refused when it is published, if it is really so large
            return np.empty((height, width, 3), np.uint8)
        self._canvas = as_canvas(pixels, height, width)
        return self._canvas

    def beat(self) -> None:
        self._seat.writer.beat()

    def publish(self, frame: Frame) -> None:
        """Hand a frame over; copies it only where it was not decoded in place.

        Raises:
            SlotError: The picture is larger than the slot.
        """
        header = header_of(frame)
        if frame.image is not self._canvas:
            check_fits(header, self._seat.writer.capacity_bytes)
            np.copyto(as_canvas(self._seat.room(), header.height, header.width), frame.image)
        self._canvas = None
        self._seat.writer.publish(header)


def header_of(frame: Frame) -> Header:
    """What travels beside the pixels of an unpadded picture."""
    height, width = frame.image.shape[:2]
    monotonic_ns, utc_ns = round(frame.monotonic_s * 1e9), round(frame.utc_s * 1e9)
    synced = frame.clock_synced
    return Header(width, height, width * 3, frame.index, monotonic_ns, utc_ns, synced, frame.dropped)


def pump(source: FrameSource, landing: SlotLanding, seat: Seat, address: str) -> None:
    """Move frames from the source to the slot until one of them ends."""
    frames = 0
    while not seat.stopping:
        frame = source.read()
        if frame is None:
            seat.messages.ended(frames)
            return
        landing.publish(frame)
        if frames == 0:
            seat.messages.opened(address, frame.image.shape[1], frame.image.shape[0])
        frames += 1


def run(seat: Seat) -> int:
    """Open the camera and pump; exit status 1 after an error that was told."""
    camera = plain_camera(seat.camera)
    landing = SlotLanding(seat)
    source = open_source(camera, landing)
    try:
        pump(source, landing, seat, camera.address)
    finally:
        source.close()
    return 0


class _NoteHandler(logging.Handler):
    """Sends what the sources log to the daemon, whose log is the only one."""

    def __init__(self, seat: Seat) -> None:
        super().__init__(logging.INFO)
        self._seat = seat

    def emit(self, record: logging.LogRecord) -> None:
        self._seat.messages.note(record.getMessage())


def main() -> int:
    """Run one camera until it ends, fails, or the daemon says stop or is gone."""
    seat = take_seat()
    silence_native_output()
    logging.getLogger("edge").addHandler(_NoteHandler(seat))
    cv2.setNumThreads(1)
    try:
        return run(seat)
    except (ReaderGoneError, BrokenPipeError):
        return 0
    except (SourceError, SlotError) as err:
        reason = str(err)
    except Exception as err:
        reason = f"{type(err).__name__}: {err}"
    seat.messages.error(reason)
    return 1


if __name__ == "__main__":
    sys.exit(main())

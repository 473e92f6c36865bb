"""A seat whose slot and messages the test reads itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from edge.capture.messages import MessageReader, MessageWriter
from edge.capture.seat import Seat
from edge.capture.slot import SlotReader, SlotWriter
from edge.capture.slot_memory import create_slot


class Listener:
    """The daemon's side of a seat."""

    def __init__(self, seat: Seat, frames: SlotReader, messages: MessageReader) -> None:
        self.seat, self.frames, self.messages = seat, frames, messages


@contextmanager
def seated(
    camera: dict[str, Any], *, capacity_bytes: int = 1 << 20, lossless: bool = False
) -> Iterator[Listener]:
    fds = create_slot(capacity_bytes)
    told, tell = os.pipe()
    os.set_blocking(told, False)
    writer = SlotWriter(fds.memory, fds.mail_read, fds.mail_write, fds.back_read, lossless=lossless)
    reader = SlotReader(fds.memory, fds.mail_read, fds.back_write)
    try:
        yield Listener(Seat(camera, writer, MessageWriter(tell)), reader, MessageReader(told))
    finally:
        writer.close()
        reader.close()
        fds.close()
        os.close(told)
        os.close(tell)

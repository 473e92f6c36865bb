"""A slot with both its ends in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from edge.capture.slot import SlotReader, SlotWriter
from edge.capture.slot_memory import Header, create_slot

WIDTH, HEIGHT = 8, 4
SIZE = WIDTH * HEIGHT * 3


def header(number: int, dropped: int = 0) -> Header:
    return Header(WIDTH, HEIGHT, WIDTH * 3, number, number * 1000, 10**18 + number, True, dropped)


def post(writer: SlotWriter, number: int) -> None:
    """Publish a picture whose bytes all are ``number``."""
    room = writer.buffer(0)
    assert room is not None
    room[:SIZE] = bytes([number % 256]) * SIZE
    writer.publish(header(number))


@contextmanager
def both_ends(
    *, lossless: bool = False, capacity_bytes: int = 4096
) -> Iterator[tuple[SlotWriter, SlotReader]]:
    fds = create_slot(capacity_bytes)
    writer = SlotWriter(fds.memory, fds.mail_read, fds.mail_write, fds.back_read, lossless=lossless)
    reader = SlotReader(fds.memory, fds.mail_read, fds.back_write)
    try:
        yield writer, reader
    finally:
        writer.close()
        reader.close()
        fds.close()

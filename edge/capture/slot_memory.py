"""How the memory of a slot is laid out: a control page, then a header page and pixels per buffer.

Standard library only, Python 3.9. Who may touch which buffer when is the business of ``slot``.
"""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import struct
from typing import NamedTuple

BUFFERS = 3

_PAGE_BYTES = 4096
_MAGIC = 0x454D5331
_CONTROL = struct.Struct("<IIQ")
_BEATS = struct.Struct("<I")
_BEATS_OFFSET = 64
#: Number of a buffer and the generation that it carries.
TOKEN = struct.Struct("<II")
#: What lies before the pixels of a filled buffer: its token, then the header.
_FILLED = struct.Struct("<IIIIIIqqQQ?")


class SlotError(Exception):
    """A picture does not fit, or the other side broke the protocol."""


class Header(NamedTuple):
    """What is known of the picture in a buffer.

    ``number`` counts from the opening of the source, ``dropped`` frames before this one.
    """

    width: int
    height: int
    stride_bytes: int
    number: int
    monotonic_ns: int
    utc_ns: int
    clock_synced: bool
    dropped: int

    @property
    def image_bytes(self) -> int:
        """Bytes from the first pixel to the last, padding of the last row included."""
        return self.stride_bytes * self.height


class SlotFds(NamedTuple):
    """The open files of a slot; ``mail_write`` and ``back_read`` belong to the writer alone."""

    memory: int
    mail_read: int
    mail_write: int
    back_read: int
    back_write: int

    def close(self) -> None:
        for fd in self:
            os.close(fd)


def create_slot(capacity_bytes: int) -> SlotFds:
    """Make the memory and the pipes of a new slot; none is inherited unless passed on.

    Args:
        capacity_bytes: Room for one picture, padding included; untouched pages cost no memory.

    Raises:
        OSError: Memory or file descriptors have run out; nothing is left open.
    """
    pixels = -(-capacity_bytes // _PAGE_BYTES) * _PAGE_BYTES
    fds: list[int] = []
    try:
        fds.append(os.memfd_create("emotion-edge-slot", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING))
        os.ftruncate(fds[0], _PAGE_BYTES + BUFFERS * (_PAGE_BYTES + pixels))
        os.pwrite(fds[0], _CONTROL.pack(_MAGIC, BUFFERS, pixels), 0)
        # A writer that shrank the memory would kill the reader by SIGBUS.
        fcntl.fcntl(fds[0], fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
        fds += os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        fds += os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        for fd in fds:
            os.close(fd)
        raise
    return SlotFds(*fds)


class SlotMemory:
    """The mapped memory: where each header and picture lies."""

    def __init__(self, fd: int, *, writable: bool) -> None:
        access = mmap.PROT_READ | (mmap.PROT_WRITE if writable else 0)
        self._map = mmap.mmap(fd, os.fstat(fd).st_size, mmap.MAP_SHARED, access)
        magic, _, capacity_bytes = _CONTROL.unpack_from(self._map)
        if magic != _MAGIC:
            raise SlotError(f"file descriptor {fd} is not a frame slot")
        self.capacity_bytes: int = capacity_bytes
        self.bytes = memoryview(self._map)
        self._starts = tuple(
            _PAGE_BYTES + buffer * (_PAGE_BYTES + capacity_bytes) for buffer in range(BUFFERS)
        )

    def pixels(self, buffer: int) -> memoryview:
        start = self._starts[buffer] + _PAGE_BYTES
        return self.bytes[start : start + self.capacity_bytes]

    def write_header(self, buffer: int, generation: int, header: Header) -> None:
        w, h, stride, number, monotonic_ns, utc_ns, synced, dropped = header
        _FILLED.pack_into(
            self.bytes, self._starts[buffer],
            buffer, generation, w, h, stride, 0, monotonic_ns, utc_ns, number, dropped, synced,
        )  # fmt: skip

    def token(self, buffer: int) -> tuple[int, int]:
        buffer_in_memory, generation = TOKEN.unpack_from(self.bytes, self._starts[buffer])
        return buffer_in_memory, generation

    def read(self, buffer: int) -> tuple[tuple[int, int], Header]:
        """A buffer's token and header, taken out at once; the header counts only where the token is right.

        Raises:
            SlotError: No picture is such.
        """
        named, generation, w, h, stride, _, monotonic_ns, utc_ns, number, dropped, synced = (
            _FILLED.unpack_from(self.bytes, self._starts[buffer])
        )
        header = Header(w, h, stride, number, monotonic_ns, utc_ns, synced, dropped)
        if stride < w * 3 or stride * h > self.capacity_bytes:
            raise SlotError(f"slot holds an impossible picture: {header}")
        return (named, generation), header

    def beat(self, count: int) -> None:
        _BEATS.pack_into(self.bytes, _BEATS_OFFSET, count)

    def beats(self) -> int:
        count: int = _BEATS.unpack_from(self.bytes, _BEATS_OFFSET)[0]
        return count

    def close(self) -> None:
        self.bytes.release()
        # A picture that is still looked at keeps the mapping alive until its last view is gone.
        with contextlib.suppress(BufferError):
            self._map.close()


def check_fits(header: Header, capacity_bytes: int) -> None:
    """Refuse a picture that is larger than a buffer.

    Raises:
        SlotError: Says how large the picture is and what would fit.
    """
    if header.image_bytes > capacity_bytes:
        raise SlotError(
            f"a picture of {header.width}x{header.height} needs {header.image_bytes} bytes, the slot holds "
            f"{capacity_bytes}; let the camera deliver a smaller size"
        )

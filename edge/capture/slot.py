"""The shared-memory slot between a capture process and the daemon: a triple buffer, no lock.

Standard library only, Python 3.9: capture processes of the system's Python import this file.

Parts
    memory   a sealed, sparse memfd: one control page, then three buffers (header page + pixels)
    mail     a pipe that holds at most one token of 8 bytes: "buffer b carries generation g".
             Both sides may read it; whoever reads the token owns the buffer.
    back     a pipe on which the reader returns the number of the buffer it has done with.

Live: the newest frame wins. Before it posts a new token the writer takes back the unread one,
if there still is one, reuses that buffer and counts a dropped frame.
Lossless: the writer never takes back; without a free buffer it waits for one.

Why no frame is ever torn
    1. At any moment each buffer has one owner: the writer, the mail, the reader, or the way
       back. Ownership moves only by a token through a pipe, and a token exists once: the kernel
       gives each byte of a pipe to exactly one read(). Tokens are written and read whole
       (8 bytes, far below PIPE_BUF, under the pipe's own mutex).
    2. The writer touches a buffer only while it owns it, the reader likewise. So reads and
       writes of one buffer never overlap in program order across the hand-over.
    3. Memory order, ARM included: the side that gives away a token has done its loads and
       stores before write(), whose pipe mutex is released after them (release); the other side
       gets the token in a read() that took the same mutex later (acquire). Hence all pixel and
       header bytes written before the hand-over are visible after it, and no load of the old
       owner can be delayed past it. No atomic instruction or fence of our own is needed, which
       Python would not offer anyhow.
    4. The writer always finds a buffer in live mode: the reader owns at most one, the mail holds
       at most one, and the reader returns a buffer before it takes the next token; so when the
       writer has drained the way back, at least one of three is its own.
    5. Killing either side at any instruction leaves no lock behind: the kernel's mutex is never
       held while user code runs. A writer killed half-way through a frame never posted a token,
       so nobody reads that buffer; the next capture process gets a slot of its own.
What this does not cover: a writer that breaks rule 2 by a bug (a driver that keeps writing into
a buffer after it was posted). The generation in the header is checked when a frame is taken and
again when it is released; a difference raises SlotError. That detects, it does not prevent.
The ``beats`` word is outside this protocol: one aligned 32-bit word with one writer, a sign of
life whose exact moment of arrival does not matter.
"""

from __future__ import annotations

import os
import select

from edge.capture.slot_memory import BUFFERS, TOKEN, Header, SlotError, SlotMemory, check_fits

#: What goes back for each buffer.
_RETURNED = tuple(bytes([buffer]) for buffer in range(BUFFERS))


class ReaderGoneError(Exception):
    """The daemon has closed its side: the capture process has nobody left to work for."""


class SlotWriter:
    """The capture process's side: fill :meth:`buffer`, then :meth:`publish` it."""

    def __init__(
        self, memory: int, mail_read: int, mail_write: int, back_read: int, *, lossless: bool
    ) -> None:
        self.dropped = 0
        self._memory = SlotMemory(memory, writable=True)
        self._mail_read, self._mail_write, self._back_read = mail_read, mail_write, back_read
        self._lossless = lossless
        self._free = list(range(BUFFERS))
        self._generation = 0
        self._beats = 0

    @property
    def capacity_bytes(self) -> int:
        """The largest picture that fits, padding included."""
        return self._memory.capacity_bytes

    def buffer(self, timeout_s: float) -> memoryview | None:
        """Room for the next picture, the same until it is published.

        A live writer never waits; a lossless one waits until the reader has returned a buffer,
        None where it has not within ``timeout_s``.

        Raises:
            ReaderGoneError: The daemon has closed the slot.
        """
        self._collect()
        if not self._free:
            select.select([self._back_read], [], [], timeout_s)
            self._collect()
        return self._memory.pixels(self._free[-1]) if self._free else None

    def publish(self, header: Header) -> None:
        """Hand over the picture in :meth:`buffer`; ``header.dropped`` grows by those replaced here.

        Raises:
            SlotError: The picture is larger than a buffer.
        """
        check_fits(header, self.capacity_bytes)
        filled = self._free.pop()
        if not self._lossless:
            self._take_back()
        self._generation = (self._generation + 1) & 0xFFFFFFFF
        total = header._replace(dropped=header.dropped + self.dropped) if self.dropped else header
        self._memory.write_header(filled, self._generation, total)
        os.write(self._mail_write, TOKEN.pack(filled, self._generation))

    def beat(self) -> None:
        """Tell the daemon that the camera lives, whether or not its frame is wanted."""
        self._beats = (self._beats + 1) & 0xFFFFFFFF
        self._memory.beat(self._beats)

    def close(self) -> None:
        """Unmap the memory; the file descriptors belong to the caller."""
        self._memory.close()

    def _take_back(self) -> None:
        try:
            token = os.read(self._mail_read, TOKEN.size)
        except BlockingIOError:
            return
        self._free.append(TOKEN.unpack(token)[0])
        self.dropped += 1

    def _collect(self) -> None:
        try:
            returned = os.read(self._back_read, 64)
        except BlockingIOError:
            return
        if not returned:
            raise ReaderGoneError
        self._free.extend(returned)


class SlotReader:
    """The daemon's side: :meth:`acquire` a frame, look at it in place, :meth:`release` it."""

    def __init__(self, memory: int, mail_read: int, back_write: int) -> None:
        self._memory = SlotMemory(memory, writable=False)
        self._mail_read, self._back_write = mail_read, back_write
        self._held: tuple[int, int] | None = None
        self.writer_gone = False

    def fileno(self) -> int:
        """Readable when a frame waits, or when the writer has gone."""
        return self._mail_read

    def acquire(self) -> tuple[Header, memoryview] | None:
        """The waiting frame, None where there is none; its pixels stay valid until release.

        Sets ``writer_gone`` once no frame waits and none can come any more.

        Raises:
            SlotError: The memory contradicts the token.
            ValueError: The last frame has not been released.
        """
        if self._held is not None:
            raise ValueError("release the last frame before taking the next one")
        try:
            raw = os.read(self._mail_read, TOKEN.size)
        except BlockingIOError:
            return None
        if not raw:
            self.writer_gone = True
            return None
        buffer, generation = TOKEN.unpack(raw)
        if buffer >= BUFFERS:
            raise SlotError(f"there is no buffer {buffer}")
        in_memory, header = self._memory.read(buffer)
        if in_memory != (buffer, generation):
            raise SlotError(f"buffer {buffer} does not carry generation {generation}")
        self._held = in_memory
        return header, self._memory.pixels(buffer)[: header.image_bytes]

    def release(self) -> None:
        """Return the frame's buffer to the writer; without a frame nothing happens.

        Raises:
            SlotError: The buffer was rewritten while it was looked at.
        """
        if self._held is None:
            return
        held, self._held = self._held, None
        untouched = self._memory.token(held[0]) == held
        try:  # noqa: SIM105 - on the way of every frame
            os.write(self._back_write, _RETURNED[held[0]])
        except BrokenPipeError:
            pass
        if not untouched:
            raise SlotError(f"buffer {held[0]} was rewritten while it was read")

    def waiting(self) -> bool:
        """Whether a frame is there to be acquired."""
        poll = select.poll()
        poll.register(self._mail_read, select.POLLIN)
        return any(event & select.POLLIN for _, event in poll.poll(0))

    def beats(self) -> int:
        """Signs of life so far, modulo 2**32."""
        return self._memory.beats()

    def close(self) -> None:
        """Unmap the memory; the file descriptors belong to the caller."""
        self._held = None
        self._memory.close()

"""A capture process that a test plays by hand: a real slot and message pipe, no process."""

from __future__ import annotations

import os

from edge.cameras import AnyCamera
from edge.capture.messages import MessageReader, MessageWriter
from edge.capture.slot import SlotReader, SlotWriter
from edge.capture.slot_memory import create_slot


class FakeProcess:
    def __init__(self, camera: AnyCamera) -> None:
        fds = create_slot(65536)
        told, tell = os.pipe()
        os.set_blocking(told, False)
        self._reader_fds = [fds.mail_read, fds.back_write, told]
        self._writer_fds = [fds.mail_write, fds.back_read, tell]
        self.writer = SlotWriter(
            fds.memory, fds.mail_read, fds.mail_write, fds.back_read, lossless=camera.lossless
        )
        self.say = MessageWriter(tell)
        self.frames = SlotReader(fds.memory, fds.mail_read, fds.back_write)
        self.messages = MessageReader(told)
        self.reason: str | None = None
        self.killed = self.terminated = self.closed = False
        os.close(fds.memory)

    def leave(self, reason: str) -> None:
        """Play the end of the process."""
        self.reason = reason
        while self._writer_fds:
            os.close(self._writer_fds.pop())

    def exit_reason(self) -> str | None:
        return self.reason

    def terminate(self) -> None:
        self.terminated = True

    def kill(self) -> None:
        self.killed = True

    def close(self, within_s: float) -> None:
        self.closed = True
        self.leave(self.reason or "stopped")
        self.writer.close()
        self.frames.close()
        while self._reader_fds:
            os.close(self._reader_fds.pop())

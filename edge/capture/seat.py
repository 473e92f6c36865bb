"""What every capture process inherits from the daemon, and how it dies when it should.

Standard library only, Python 3.9: capture processes of the system's Python import this file.

The process gets file descriptors (of the slot and of the message pipe) by inheritance, their
numbers as its only argument, and the camera on standard input: a camera's URL may hold a
password, and arguments are visible to every user of the machine.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from types import FrameType
from typing import Any

from edge.capture.messages import MessageWriter
from edge.capture.slot import SlotWriter
from edge.parent import die_with


class Seat:
    """The inherited ends, and whether the process has been asked to stop.

    Attributes:
        camera: The camera's configuration as plain values.
        writer: The slot to publish into.
        messages: The way to tell what happens.
        stopping: True after SIGTERM: finish the frame, close the camera, leave.
    """

    def __init__(self, camera: dict[str, Any], writer: SlotWriter, messages: MessageWriter) -> None:
        self.camera = camera
        self.writer = writer
        self.messages = messages
        self.stopping = False

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        self.stopping = True

    def room(self) -> memoryview:
        """Room for the next picture; waits for the reader of a lossless slot.

        Raises:
            SystemExit: The process is to stop.
            ReaderGoneError: The daemon has gone.
        """
        while (pixels := self.writer.buffer(timeout_s=0.1)) is None:
            if self.stopping:
                raise SystemExit(0)
        return pixels


def take_seat() -> Seat:
    """Read argument and standard input, and tie this process to the daemon's life."""
    fds = json.loads(sys.argv[1])
    die_with(fds["parent"], signal.SIGKILL)  # also while a driver hangs
    camera = json.loads(sys.stdin.read())
    messages = MessageWriter(fds["messages"], camera.get("url", ""))
    try:
        writer = SlotWriter(
            fds["memory"], fds["mail_read"], fds["mail_write"], fds["back_read"], lossless=fds["lossless"]
        )
    except OSError as err:
        messages.error(
            f"its capture process cannot map the frames: {err}; run fewer cameras or raise ulimit -v"
        )
        raise SystemExit(1) from err
    seat = Seat(camera, writer, messages)
    # Ctrl-C reaches the whole terminal; when to stop is the daemon's decision.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, seat.stop)
    return seat


def silence_native_output() -> None:
    """Send what C libraries print (FFmpeg, libjpeg, drivers) nowhere; Python reports by message."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)

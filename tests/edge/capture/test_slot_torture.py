"""Two processes at full speed: no frame is torn, none goes back in time, a kill leaves no lock."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time

import numpy as np
import pytest

from edge.capture.pixels import as_image
from edge.capture.slot import SlotReader
from edge.capture.slot_memory import create_slot

_WIDTH, _HEIGHT = 320, 240
_ENOUGH, _PATIENCE_S = 50, 30.0
_WRITER = f"""
import json, sys
from edge.capture.slot import SlotWriter
from edge.capture.slot_memory import Header
fds = json.loads(sys.argv[1])
writer = SlotWriter(*fds["slot"], lossless=fds["lossless"])
size = {_WIDTH * _HEIGHT * 3}
number = 0
while True:
    room = writer.buffer(1.0)
    if room is None:
        continue
    # Written in pieces, so that a reader of a buffer that is not its own would see a mixture.
    for start in range(0, size, size // 8):
        room[start:start + size // 8] = bytes([number % 251]) * (size // 8)
    writer.publish(Header({_WIDTH}, {_HEIGHT}, {_WIDTH * 3}, number, 0, 0, True, 0))
    number += 1
"""


def _read_for(reader: SlotReader, seconds: float, at_least: int = 0) -> tuple[list[int], int]:
    """Frame numbers and drops of so many seconds, or of many more where a busy machine gives few frames."""
    numbers: list[int] = []
    dropped = 0
    began = time.monotonic()
    while not reader.writer_gone:
        passed = time.monotonic() - began
        if passed > (seconds if len(numbers) > at_least else _PATIENCE_S):
            break
        select.select([reader], [], [], 0.1)
        taken = reader.acquire()
        if taken is None:
            continue
        header, pixels = taken
        image = as_image(pixels, header)
        low, high = int(np.min(image)), int(np.max(image))
        assert low == high == header.number % 251, f"torn frame {header.number}: {low}..{high}"
        numbers.append(header.number)
        dropped = header.dropped
        reader.release()
    return numbers, dropped


@pytest.mark.parametrize("lossless", [False, True], ids=["live", "lossless"])
def test_a_reader_never_sees_a_torn_frame(lossless: bool) -> None:
    fds = create_slot(_WIDTH * _HEIGHT * 3)
    ends = [fds.memory, fds.mail_read, fds.mail_write, fds.back_read]
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, json.dumps({"slot": ends, "lossless": lossless})], pass_fds=ends
    )
    os.close(fds.mail_write)
    os.close(fds.back_read)
    reader = SlotReader(fds.memory, fds.mail_read, fds.back_write)
    try:
        numbers, dropped = _read_for(reader, 0.6, at_least=_ENOUGH)
        # Killed at whatever instruction it is: the reader goes on, and sees the end.
        writer.kill()
        writer.wait()
        rest, _ = _read_for(reader, 1.0)
    finally:
        writer.kill()
        writer.wait()
        reader.close()
        for fd in (fds.memory, fds.mail_read, fds.back_write):
            os.close(fd)

    assert len(numbers) > _ENOUGH
    assert reader.writer_gone
    assert sorted(set(numbers + rest)) == numbers + rest
    if lossless:
        assert numbers + rest == list(range(len(numbers + rest)))
        assert dropped == 0
    else:
        assert len(numbers) + dropped == numbers[-1] + 1

"""A full disk, one that turns read-only, and a file of noise."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from edge.mqtt.outbox import Outbox
from edge.mqtt.payload import Message
from edge.mqtt.settings import OutboxSettings
from tests.torture.outcome import Finding, Row, Size, at_least, exactly

_ROUNDS: dict[Size, int] = {"fast": 2, "full": 50}


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of 1 MB; needs root."""
    disk = folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1M", "tmpfs", str(disk)], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def _numbers(outbox: Outbox) -> list[int]:
    return [int(row.message.payload) for row in outbox.pending(after=0, limit=100_000)]


def _run(folder: Path, size: Size) -> list[Finding]:
    refused = unsaid = unrecovered = 0
    number = 0

    def append(outbox: Outbox, count: int) -> bool:
        """Whether all of them are durable."""
        nonlocal number
        durable = True
        for _ in range(count):
            durable &= outbox.append(Message("t", f"{number:2000d}".encode()))
            number += 1
        return durable

    with small_disk(folder) as disk:
        path = disk / "outbox.sqlite3"
        with contextlib.closing(Outbox(OutboxSettings(path=path))) as outbox:
            for _ in range(_ROUNDS[size]):
                with contextlib.suppress(OSError), (disk / "filler").open("wb") as filler:
                    while True:
                        filler.write(os.urandom(4096))
                        filler.flush()
                durable = append(outbox, 20)
                refused += not durable
                unsaid += not durable and outbox.trouble is None
                in_order = _numbers(outbox) == list(range(number - 20, number))
                (disk / "filler").unlink()
                append(outbox, 1)
                unrecovered += outbox.trouble is not None or not in_order
                outbox.acknowledge([row.id for row in outbox.pending(after=0, limit=100)])
            lost = outbox.stats().lost
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        later_s = 0.0
        with contextlib.closing(
            Outbox(OutboxSettings(path=path), monotonic=lambda: time.monotonic() + later_s)
        ) as outbox:
            append(outbox, 5)
            read_only = _numbers(outbox) == list(range(number - 5, number)) and outbox.trouble is not None
            subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
            later_s = 10.0
            append(outbox, 1)
            writable = outbox.trouble is None and _numbers(outbox) == list(range(number - 6, number))
        for part in disk.iterdir():
            part.unlink()
        path.write_bytes(os.urandom(50_000))
        with contextlib.closing(Outbox(OutboxSettings(path=path))) as outbox:
            append(outbox, 1)
            anew = _numbers(outbox) == [number - 1]
        aside = path.with_name("outbox.sqlite3.damaged").exists()
    return [
        Finding("windows", number, "published", holds=True),
        exactly("lost", lost, 0),
        at_least("rounds in which the full disk took nothing more", refused, 1),
        exactly("of them not said", unsaid, 0),
        exactly("rounds without recovery", unrecovered, 0),
        exactly("a read-only disk goes on, says so and recovers", int(read_only and writable), 1),
        exactly("a file of noise set aside and a new one begun", int(anew and aside), 1),
    ]


ROW = Row("disk full, read-only, corrupt outbox", "a tmpfs of 1 MB filled, remounted and overwritten", _run)

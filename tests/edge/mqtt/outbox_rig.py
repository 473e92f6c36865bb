"""An outbox in a folder of its own, its clocks in the test's hands."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from edge.mqtt.outbox import Outbox
from edge.mqtt.payload import Message, window_message
from edge.mqtt.settings import OutboxSettings
from edge.mqtt.ulid import new_ulid
from tests.edge.mqtt.event_builder import IDENTITY, MODEL, NOON_S, an_event


@dataclass
class Clocks:
    utc_s: float = 1_795_176_000.0
    monotonic_s: float = 100.0

    def utc(self) -> float:
        return self.utc_s

    def monotonic(self) -> float:
        return self.monotonic_s


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def open_outbox(tmp_path: Path, clocks: Clocks) -> Iterator[Callable[..., Outbox]]:
    opened: list[Outbox] = []

    def build(max_bytes: int = 1_000_000, max_age_s: float = 3600.0) -> Outbox:
        settings = OutboxSettings(
            path=tmp_path / "state" / "outbox.sqlite3", max_bytes=max_bytes, max_age_s=max_age_s
        )
        opened.append(Outbox(settings, utc=clocks.utc, monotonic=clocks.monotonic))
        return opened[-1]

    yield build
    for outbox in opened:
        outbox.close()


def message(number: int, size: int = 0) -> Message:
    return Message("emotion/v1/lab/pi-1/door/window", f"{number}".encode().rjust(size, b" "))


def window(seq: int, *, start_utc_s: float = NOON_S, clock_synced: bool = True) -> Message:
    event = replace(an_event(start_utc_s=start_utc_s), clock_synced=clock_synced)
    return window_message(event, IDENTITY, MODEL, id=new_ulid(), seq=seq)


def no_room(outbox: Outbox) -> None:
    """Clamp the file to what is in use: nothing more fits."""
    assert outbox._file is not None
    outbox._file.connection.execute("PRAGMA max_page_count=1")


def room_again(outbox: Outbox) -> None:
    assert outbox._file is not None
    outbox._file.connection.execute("PRAGMA max_page_count=1000000")


def unplug(outbox: Outbox) -> None:
    """The disk leaves: what was opened on it answers nothing any more, and the path may come back."""
    assert outbox._file is not None
    outbox._file.connection.close()
    outbox._file.connection = _Unplugged()  # type: ignore[assignment]


def unplug_in_a_commit(outbox: Outbox) -> None:
    """The disk takes the next commit, and leaves before it says that it has it."""
    assert outbox._file is not None
    outbox._file.connection = _LeavesInCommit(outbox, outbox._file.connection)  # type: ignore[assignment]


class _LeavesInCommit:
    def __init__(self, outbox: Outbox, real: sqlite3.Connection) -> None:
        self._outbox, self._real = outbox, real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def execute(self, statement: str, *given: Any) -> Any:
        done = self._real.execute(statement, *given)
        if statement == "COMMIT":
            unplug(self._outbox)
            raise sqlite3.OperationalError("disk I/O error")
        return done


class _Unplugged:
    in_transaction = False

    def execute(self, *_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    def close(self) -> None:
        pass


def numbers(outbox: Outbox, after: int = 0) -> list[int]:
    return [int(row.message.payload) for row in outbox.pending(after=after, limit=100_000)]

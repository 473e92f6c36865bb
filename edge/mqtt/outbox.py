"""A durable queue on disk: a message exists once its row is committed, and goes when the broker has it.

Threads: the pipeline appends, the publisher reads and deletes. Both share one SQLite connection
behind one lock: SQLite admits one writer at a time anyway, and so nobody ever sees "database is
locked". A commit waits for the disk (synchronous=FULL), which is what makes it durable.
"""

from __future__ import annotations

import itertools
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import NamedTuple

from edge.mqtt.outbox_disk import OutboxDisk
from edge.mqtt.outbox_file import BEYOND_ANY_FILE, NO_END, OutboxFile, Stored
from edge.mqtt.payload import Message
from edge.mqtt.restamping import Restamping
from edge.mqtt.row_clock import RowClock
from edge.mqtt.settings import OutboxSettings
from edge.outage import Outage
from edge.stats import OutboxStats

_log = logging.getLogger(__name__)
#: What is kept in memory while the disk takes nothing: hours of windows, and no more.
_MEMORY_BYTES = 4 * 1024 * 1024


class Row(NamedTuple):
    """One message that waits; ids grow and are never used again.

    ``age_s`` is infinite where nobody knows it: an earlier run made it, and a clock was not set.
    """

    id: int
    message: Message
    age_s: float


class Outbox:
    """The queue in one file; usable from several threads.

    A file that SQLite cannot read is set aside and a new one begun. While the disk takes nothing
    (full, read-only, gone), messages are kept in memory and sent from there, the log says so, and
    they are written as soon as it takes them again. Only one process may have the file open.
    """

    def __init__(
        self,
        settings: OutboxSettings,
        *,
        utc: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open or create the file.

        Raises:
            OutboxHeldError: Another process has it open.
            ConfigError: It is another program's.
        """
        self._settings = settings
        self._clock = RowClock(utc=utc, monotonic=monotonic)
        self._restamping = Restamping(self._clock)
        self._lock = threading.RLock()
        self._overflow = Outage(_log)
        self._lost = self._rows = self._bytes = self._last_id = self._ageless_id = 0
        #: In memory: not yet written; acknowledged and not yet deleted; handed to the broker.
        self._unwritten: list[Stored] = []
        self._undeleted: set[int] = set()
        self._handed_out: set[int] = set()
        self._disk = OutboxDisk(settings.path, monotonic)
        self._take_stock()
        if self._file is None:
            self._last_id = BEYOND_ANY_FILE
        self._clock.last_old_id = self._last_id
        self._write()

    @property
    def trouble(self) -> str | None:
        """Why messages are not durable now, None while they are."""
        return self._disk.trouble

    @property
    def _file(self) -> OutboxFile | None:
        return self._disk.file

    def append(self, message: Message, *, closes: str | None = None, made_s: float | None = None) -> bool:
        """Take one message.

        Args:
            message: What to send.
            closes: The camera whose open window this is, closed.
            made_s: The window's end on the monotonic clock; None for now.
        Returns:
            Whether it is durable; else it is in memory until the disk takes it.
        """
        with self._lock:
            self._last_id += 1
            made_s = self._clock.monotonic_s() if made_s is None else made_s
            self._unwritten.append(Stored(self._last_id, message, self._clock.utc_s(), made_s))
            return self._write([closes] if closes else [])

    def checkpoint(self, open_windows: Mapping[str, Message]) -> None:
        """Keep what would have to be sent if this process were killed now, per camera.

        The next start sends it; a window that is closed in time replaces it.
        """
        with self._lock:
            if self._file is None:
                return
            try:
                self._file.keep_open_windows(open_windows, self._clock.utc_s(), self._clock.monotonic_s())
            except sqlite3.DatabaseError as err:
                self._fail(err)

    def pending(self, *, after: int, limit: int, before: int = NO_END) -> list[Row]:
        """The oldest messages whose id is greater than ``after`` and below ``before``, in order."""
        with self._lock:
            found: list[Stored] = []
            if self._file is not None:
                try:
                    rows = self._file.rows(after, before, NO_END)
                    unsent = (row for row in rows if row.id not in self._undeleted)
                    due = list(itertools.islice(unsent, limit))
                    found = self._restamped(self._file, due)
                except sqlite3.DatabaseError as err:
                    self._fail(err)
            found += [row for row in self._unwritten if after < row.id < before]
            self._handed_out.update(row.id for row in found[:limit])
            return [Row(row.id, row.message, self._clock.age_s(row, inf)) for row in found[:limit]]

    def _restamped(self, file: OutboxFile, rows: list[Stored]) -> list[Stored]:
        """With the times that they should have had; a disk that takes nothing must not keep them back."""
        try:
            return self._restamping.rewrite(file, rows, self._handed_out)
        except sqlite3.DatabaseError as err:
            self._fail(err)
            return self._restamping.right(rows, self._handed_out)

    def first_younger_than(self, age_s: float) -> int:
        """The least id from which on messages are at most so old; one past the last where none is."""
        with self._lock:
            first = self._last_id + 1
            newest_first = list(reversed(self._unwritten))
            for row in newest_first:
                if self._clock.age_s(row, inf) > age_s:
                    return first
                first = row.id
            try:
                older = self._file.rows(0, first, NO_END, newest_first=True) if self._file else iter(())
                for row in older:
                    if self._clock.age_s(row, inf) > age_s:
                        break
                    first = row.id
            except sqlite3.DatabaseError as err:
                self._fail(err)
            return first

    def acknowledge(self, ids: Sequence[int]) -> None:
        """Delete messages that the broker has; unknown ids are ignored."""
        if not ids:
            return
        with self._lock:
            gone = set(ids)
            self._handed_out -= gone
            # What was only ever in memory is gone by that: no file has it to delete.
            self._undeleted |= gone.difference(row.id for row in self._unwritten)
            self._unwritten = [row for row in self._unwritten if row.id not in gone]
            self._write()
            if self.stats().rows == 0:
                self._overflow.recovered(f"the outbox is empty again lost={self._lost}")

    def give_up(self, row_id: int) -> None:
        """Drop one message that the broker will never take; it is counted as lost."""
        with self._lock:
            self._lost += 1
            self.acknowledge([row_id])

    def restamp(self) -> None:
        """The wall clock has just become right: what waits with another time is sent with the right one.

        Only what this run made, whose end is known on this monotonic clock, and what nobody was sent.
        """
        with self._lock:
            self._write()
            self._restamping.begin()
            self._unwritten = self._restamping.right(self._unwritten, self._handed_out)

    def restamp_some(self) -> bool:
        """Write some of those times down, as a restart would lose them; whether there are more."""
        with self._lock:
            if self._file is None:
                return False
            try:
                return self._restamping.go_on(self._file, self._handed_out)
            except sqlite3.DatabaseError as err:
                self._fail(err)
                return False

    def stats(self) -> OutboxStats:
        """How much waits, and how much was lost since the start."""
        with self._lock:
            unwritten = sum(row.size_bytes for row in self._unwritten)
            rows = self._rows + len(self._unwritten) - len(self._undeleted)
            return OutboxStats(max(0, rows), self._bytes + unwritten, self._lost, self._oldest_s())

    def close(self) -> None:
        """Close the file; may be called twice."""
        with self._lock:
            if self._file is not None:
                self._write()
            self._disk.close()

    def _oldest_s(self) -> float:
        try:
            found = self._file.rows(self._ageless_id, NO_END, 1) if self._file and self._rows else iter(())
            first = next(found, None)
        except sqlite3.DatabaseError:
            first = None
        oldest = first or next(iter(self._unwritten), None)
        return max(0.0, self._clock.age_s(oldest, 0.0)) if oldest else 0.0

    def _write(self, closed_cameras: Sequence[str] = (), *, again: bool = True) -> bool:
        """Bring the file up to date with what is in memory; False where it cannot be written."""
        if self._disk.reach():
            self._take_stock()
        if self._file is None:
            self._bound_memory()
            return False
        try:
            with self._file.transaction():
                self._file.insert(self._unwritten)
                self._file.forget_open_windows(closed_cameras)
                deleted = self._file.delete(self._undeleted)
                rows = self._rows + len(self._unwritten) - deleted[0]
                size = self._bytes + sum(row.size_bytes for row in self._unwritten) - deleted[1]
                rows, size, dropped = self._trim(self._file, rows, size)
        except sqlite3.DatabaseError as err:
            if again and (self._disk.make_room(err) or self._fail(err)):
                return self._write(closed_cameras, again=False)
            if not again:
                self._fail(err)
            self._bound_memory()
            return False
        self._rows, self._bytes = rows, size
        self._unwritten, self._undeleted = [], set()
        if dropped:
            self._say_dropped(dropped)
        self._disk.works(self._lost, self._last_id)
        return True

    def _trim(self, file: OutboxFile, rows: int, size_bytes: int) -> tuple[int, int, int]:
        """Delete the oldest while a bound is exceeded; for rows of unknown age only that in bytes holds."""
        dropped, full = 0, size_bytes > self._settings.max_bytes
        for row in file.rows(0 if full else self._ageless_id, NO_END, NO_END):
            if size_bytes <= self._settings.max_bytes:
                if self._clock.ageless(row):
                    self._ageless_id = row.id  # not to be looked at with every write
                    continue
                if self._clock.age_s(row, 0.0) <= self._settings.max_age_s:
                    break
            file.delete([row.id])
            rows, size_bytes, dropped = rows - 1, size_bytes - row.size_bytes, dropped + 1
        return rows, size_bytes, dropped

    def _bound_memory(self) -> None:
        dropped, size = 0, sum(row.size_bytes for row in self._unwritten)
        while size > _MEMORY_BYTES:
            size -= self._unwritten.pop(0).size_bytes
            dropped += 1
        if dropped:
            self._say_dropped(dropped)

    def _say_dropped(self, dropped: int) -> None:
        self._lost += dropped
        self._overflow.failed(
            f"{self._settings.path}: the outbox is at its bound, the oldest windows are dropped; reach"
            " the broker, or raise outbox.max_bytes or outbox.max_age_s"
        )

    def _fail(self, err: sqlite3.DatabaseError) -> bool:
        """Whether there is another file now, so that a second try makes sense."""
        if not self._disk.fail(err):
            return False
        self._take_stock()
        return self._file is not None

    def _take_stock(self) -> None:
        """Count what is in the file, which has just been opened."""
        self._ageless_id = 0
        self._rows, self._bytes = (0, 0) if self._file is None else self._file.size()
        self._last_id = max(self._last_id, 0 if self._file is None else self._file.last_id())

"""A durable queue on disk: a message exists once its row is committed, and goes when the broker has it.

Threads: the pipeline appends, the publisher reads and deletes. Both share one SQLite connection
behind one lock: SQLite admits one writer at a time anyway, and so nobody ever sees "database is
locked". A commit waits for the disk (synchronous=FULL), which is what makes it durable.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from edge.errors import ConfigError
from edge.mqtt.outbox_file import IN_MEMORY, open_file, set_aside
from edge.mqtt.payload import Message
from edge.mqtt.settings import OutboxSettings
from edge.outage import Outage
from edge.stats import OutboxStats

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
#: What SQLite needs for a row beside topic and payload, generously.
_ROW_BYTES = 48
_SIZE = f"length(topic) + length(payload) + {_ROW_BYTES}"


class Row(NamedTuple):
    """One message that waits; ids grow and are never used again."""

    id: int
    message: Message
    age_s: float


class Outbox:
    """The queue in one file; usable from several threads.

    A file that SQLite cannot read is set aside and a new one begun; where none can be written at
    all, messages are kept in memory, and the log says so. Only one process may have it open.
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
            ConfigError: Another process has it open.
        """
        self._settings = settings
        self._utc, self._monotonic = utc, monotonic
        self._lock = threading.RLock()
        self._trouble, self._overflow = Outage(_log), Outage(_log)
        self._lost = 0
        self._rows = self._bytes = self._last_old_id = 0
        self._connection = self._open()
        with self._lock:
            self._attempt(self._trim_in_transaction, None)

    def append(self, message: Message) -> bool:
        """Make one message durable; False where the disk refuses it (logged, counted as lost)."""

        def insert(connection: sqlite3.Connection) -> bool:
            with _transaction(connection):
                connection.execute(
                    "INSERT INTO message (topic, payload, utc_s, monotonic_s) VALUES (?, ?, ?, ?)",
                    (message.topic, message.payload, self._utc(), self._monotonic()),
                )
                self._rows += 1
                self._bytes += len(message.topic) + len(message.payload) + _ROW_BYTES
                self._trim(connection)
            return True

        with self._lock:
            kept = self._attempt(insert, False)
            self._lost += not kept
            return kept

    def pending(self, *, after: int, limit: int) -> list[Row]:
        """The oldest messages whose id is greater than ``after``, in order."""

        def select(connection: sqlite3.Connection) -> list[Row]:
            found = connection.execute(
                "SELECT id, topic, payload, utc_s, monotonic_s FROM message WHERE id > ? ORDER BY id LIMIT ?",
                (after, limit),
            ).fetchall()
            return [
                Row(i, Message(topic, payload), self._age_s(i, *when)) for i, topic, payload, *when in found
            ]

        with self._lock:
            return self._attempt(select, [])

    def acknowledge(self, ids: Sequence[int]) -> None:
        """Delete messages that the broker has; unknown ids are ignored."""
        if not ids:
            return

        def delete(connection: sqlite3.Connection) -> None:
            with _transaction(connection):
                for row_id in ids:
                    self._delete(connection, row_id)

        with self._lock:
            self._attempt(delete, None)
            if self._rows == 0:
                self._overflow.recovered(f"the outbox is empty again lost={self._lost}")

    def stats(self) -> OutboxStats:
        """How much waits, and how much was lost since the start."""
        with self._lock:
            return OutboxStats(self._rows, self._bytes, self._lost)

    def close(self) -> None:
        """Close the file; may be called twice."""
        with self._lock:
            self._connection.close()

    def _open(self) -> sqlite3.Connection:
        path = self._settings.path
        try:
            connection = open_file(path)
        except sqlite3.OperationalError as err:
            if "locked" in str(err):
                raise ConfigError(
                    f"{path}: another process has this outbox open; stop it, or give each daemon its own"
                    " outbox.path"
                ) from err
            connection = self._open_in_memory(path, err)
        except OSError as err:
            connection = self._open_in_memory(path, err)
        except sqlite3.DatabaseError as err:
            return self._begin_anew(err)
        self._count(connection)
        return connection

    def _open_in_memory(self, path: Path, err: Exception) -> sqlite3.Connection:
        self._trouble.failed(
            f"{path}: the outbox cannot be written: {err}; unsent windows are kept in memory and do not"
            " survive a restart; check outbox.path, its owner and the disk"
        )
        return open_file(IN_MEMORY)

    def _begin_anew(self, err: sqlite3.Error) -> sqlite3.Connection:
        path = self._settings.path
        try:
            kept = set_aside(path)
        except OSError as rename_err:
            connection = self._open_in_memory(path, rename_err)
            self._count(connection)
            return connection
        _log.error("%s: the outbox is damaged (%s); kept as %s, a new one is begun", path, err, kept)
        return self._open()

    def _count(self, connection: sqlite3.Connection) -> None:
        query = f"SELECT count(*), coalesce(sum({_SIZE}), 0), coalesce(max(id), 0) FROM message"  # noqa: S608
        self._rows, self._bytes, self._last_old_id = connection.execute(query).fetchone()

    def _attempt(self, action: Callable[[sqlite3.Connection], _T], otherwise: _T) -> _T:
        """Run one action; a full or failing disk is said once, a damaged file is replaced."""
        before = self._rows, self._bytes
        try:
            result = action(self._connection)
        except sqlite3.ProgrammingError:
            raise
        except sqlite3.OperationalError as err:
            self._rows, self._bytes = before
            self._trouble.failed(
                f"{self._settings.path}: the outbox cannot be written: {err}; free or replace the disk"
            )
            return otherwise
        except sqlite3.DatabaseError as err:
            self._connection.close()
            self._connection = self._begin_anew(err)
            return action(self._connection)
        if self._trouble.message is not None and self._in_file:
            self._trouble.recovered(
                f"{self._settings.path}: the outbox can be written again lost={self._lost}"
            )
        return result

    @property
    def _in_file(self) -> bool:
        return bool(self._connection.execute("PRAGMA database_list").fetchone()[2])

    def _trim_in_transaction(self, connection: sqlite3.Connection) -> None:
        with _transaction(connection):
            self._trim(connection)

    def _trim(self, connection: sqlite3.Connection) -> None:
        """Delete the oldest while a bound is exceeded."""
        dropped = 0
        oldest = connection.execute("SELECT id, utc_s, monotonic_s FROM message ORDER BY id")
        for row_id, utc_s, monotonic_s in oldest:
            too_old = self._age_s(row_id, utc_s, monotonic_s) > self._settings.max_age_s
            if not too_old and self._bytes <= self._settings.max_bytes:
                break
            self._delete(connection, row_id)
            dropped += 1
        oldest.close()
        if dropped:
            self._lost += dropped
            self._overflow.failed(
                f"{self._settings.path}: the outbox is at its bound, the oldest windows are dropped; reach"
                " the broker, or raise outbox.max_bytes or outbox.max_age_s"
            )

    def _delete(self, connection: sqlite3.Connection, row_id: int) -> None:
        found = connection.execute(
            f"DELETE FROM message WHERE id = ? RETURNING {_SIZE}",  # noqa: S608
            (row_id,),
        ).fetchall()
        self._rows -= len(found)
        self._bytes -= sum(size for (size,) in found)

    def _age_s(self, row_id: int, utc_s: float, monotonic_s: float) -> float:
        # A device without a clock of its own steps by years when time arrives: what this run has
        # appended is aged on the clock that never steps.
        if row_id > self._last_old_id:
            return self._monotonic() - monotonic_s
        return self._utc() - utc_s


class _transaction:  # noqa: N801 - reads as a statement
    """BEGIN IMMEDIATE ... COMMIT, or ROLLBACK on any error."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._connection.execute("COMMIT")
        elif self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

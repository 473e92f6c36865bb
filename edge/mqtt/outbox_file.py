"""The outbox's file: how it is opened, checked and, where it is damaged, set aside; its SQL."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from edge import sqlite_owner
from edge.mqtt.payload import Message

SCHEMA_VERSION = 1
#: "emob": what SQLite tells of our file.
APPLICATION_ID = 0x656D6F62
TABLES = ("message", "open_window")
#: Ids begin here where the file cannot be read at the start: it may hold older ones.
BEYOND_ANY_FILE = 1 << 40
#: Above every id.
NO_END = (1 << 63) - 1
#: What SQLite needs for a row beside topic and payload, generously.
_ROW_BYTES = 48
_SIZE = f"length(topic) + length(payload) + {_ROW_BYTES}"
_COLUMNS = "topic TEXT NOT NULL, payload BLOB NOT NULL, utc_s REAL NOT NULL, monotonic_s REAL NOT NULL"
# AUTOINCREMENT: an id is never given again, so a late acknowledgement cannot delete another row.
_CREATE = (
    f"CREATE TABLE IF NOT EXISTS message (id INTEGER PRIMARY KEY AUTOINCREMENT, {_COLUMNS})",
    f"CREATE TABLE IF NOT EXISTS open_window (camera TEXT PRIMARY KEY, {_COLUMNS})",
)
# Over the camera's last one, in place: the log grows by the page of the table, not by that of its index too.
_KEEP_OPEN_WINDOW = (
    "INSERT INTO open_window (camera, topic, payload, utc_s, monotonic_s) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (camera) DO UPDATE SET topic = excluded.topic, payload = excluded.payload,"
    " utc_s = excluded.utc_s, monotonic_s = excluded.monotonic_s"
)


class Stored(NamedTuple):
    """One message with both clocks at its making."""

    id: int
    message: Message
    utc_s: float
    monotonic_s: float

    @property
    def size_bytes(self) -> int:
        """Its size on disk, about."""
        return len(self.message.topic) + len(self.message.payload) + _ROW_BYTES


class OutboxFile:
    """The tables in one file, locked against other processes; for use behind a lock by any thread."""

    def __init__(self, path: Path, *, late: bool = False, resumed_after: int | None = None) -> None:
        """Open or create the file; windows that a kill left open become messages.

        Args:
            path: The file.
            late: It could not be had at the start, and ids were given without knowing those in it:
                all of them are brought below :data:`BEYOND_ANY_FILE`. Nobody has been told them yet.
            resumed_after: This process had it open before, and knows this id to be the last one written. Its
                windows are still open and kept anew; what a commit that failed has written all the same is
                still in memory, or acknowledged since.

        Raises:
            ForeignFileError: It is another program's.
            sqlite3.DatabaseError: It is damaged, or written by another version.
            sqlite3.OperationalError: It cannot be opened or written, or another process has it.
            OSError: Its folder cannot be made.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self.connection = sqlite3.connect(path, timeout=1.0, isolation_level=None, check_same_thread=False)
        #: Cameras of whom an open window may be kept: all of whom one is.
        self._kept: set[str] = set()
        self._flushes = True
        try:
            _prepare(self.connection)
            with self.transaction():
                if resumed_after is None:
                    self._close_open_windows()
                else:
                    self.connection.execute("DELETE FROM open_window")
                    self.connection.execute("DELETE FROM message WHERE id > ?", (resumed_after,))
                if late:
                    self._make_room_beyond()
        except BaseException:
            self.connection.close()
            raise

    def close(self) -> None:
        self.connection.close()

    @contextlib.contextmanager
    def transaction(self, *, flushed: bool = True) -> Iterator[None]:
        """All or nothing, and on disk when it is over; with the kernel only, where it is not ``flushed``."""
        if flushed is not self._flushes:
            self.connection.execute(f"PRAGMA synchronous={'FULL' if flushed else 'NORMAL'}")
            self._flushes = flushed
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise
        try:
            self.connection.execute("COMMIT")
        except sqlite3.Error:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise

    def shrink_log(self) -> None:
        """Move what the write-ahead log holds into the file, and empty the log: it may be megabytes."""
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def last_id(self) -> int:
        """The greatest id ever given."""
        found = self.connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'message'").fetchone()
        return int(found[0]) if found else 0

    def size(self) -> tuple[int, int]:
        """Messages, and bytes."""
        query = f"SELECT count(*), coalesce(sum({_SIZE}), 0) FROM message"  # noqa: S608
        rows, size_bytes = self.connection.execute(query).fetchone()
        return rows, size_bytes

    def insert(self, rows: Iterable[Stored]) -> None:
        self.connection.executemany(
            "INSERT INTO message (id, topic, payload, utc_s, monotonic_s) VALUES (?, ?, ?, ?, ?)",
            ((row.id, row.message.topic, row.message.payload, row.utc_s, row.monotonic_s) for row in rows),
        )

    def rows(self, after: int, before: int, limit: int, *, newest_first: bool = False) -> Iterator[Stored]:
        query = (
            "SELECT id, topic, payload, utc_s, monotonic_s FROM message WHERE id > ? AND id < ? ORDER BY id"
        )
        found = self.connection.execute(
            query + (" DESC LIMIT ?" if newest_first else " LIMIT ?"), (after, before, limit)
        )
        for row_id, topic, payload, utc_s, monotonic_s in found:
            yield Stored(row_id, Message(topic, payload), utc_s, monotonic_s)

    def delete(self, ids: Iterable[int]) -> tuple[int, int]:
        """Delete what is there of these; how many, and how many bytes."""
        rows = size_bytes = 0
        for row_id in ids:
            found = self.connection.execute(
                f"DELETE FROM message WHERE id = ? RETURNING {_SIZE}",  # noqa: S608
                (row_id,),
            ).fetchone()
            if found is not None:
                rows, size_bytes = rows + 1, size_bytes + found[0]
        return rows, size_bytes

    def rewrite(self, rows: Iterable[Stored]) -> None:
        self.connection.executemany(
            "UPDATE message SET payload = ?, utc_s = ? WHERE id = ?",
            ((row.message.payload, row.utc_s, row.id) for row in rows),
        )

    def keep_open_windows(self, messages: Mapping[str, Message], utc_s: float, monotonic_s: float) -> None:
        """Replace what would become of each camera's open window if this process were killed now.

        Written without waiting for the disk: a kill loses nothing of it, a power cut what the kernel had
        not yet written, mostly the last seconds. To wait would be 86,400 flushes of an SD card a day, to save
        a part of one window in a power cut; what is closed is flushed by :meth:`transaction` anyway.
        """
        gone = self._kept.difference(messages)
        self._kept.update(messages)
        with self.transaction(flushed=False):
            if gone:
                self.forget_open_windows(list(gone))
            self.connection.executemany(
                _KEEP_OPEN_WINDOW,
                [(name, *told[:2], utc_s, monotonic_s) for name, told in messages.items()],
            )
        self._kept.intersection_update(messages)

    def forget_open_windows(self, cameras: Sequence[str]) -> None:
        self.connection.executemany(
            "DELETE FROM open_window WHERE camera = ?", ((camera,) for camera in cameras)
        )

    def _close_open_windows(self) -> None:
        self.connection.execute(
            "INSERT INTO message (topic, payload, utc_s, monotonic_s)"
            " SELECT topic, payload, utc_s, monotonic_s FROM open_window ORDER BY camera"
        )
        self.connection.execute("DELETE FROM open_window")

    def _make_room_beyond(self) -> None:
        """Number anew, in their order, what an earlier start had numbered that came late to its file, too."""
        query = "SELECT id FROM message WHERE id {} ? ORDER BY id"
        beyond = self.connection.execute(query.format(">="), (BEYOND_ANY_FILE,)).fetchall()
        below = self.connection.execute(query.format("<") + " DESC LIMIT 1", (BEYOND_ANY_FILE,)).fetchone()
        first_id = (below[0] if below else 0) + 1
        self.connection.executemany(
            "UPDATE message SET id = ? WHERE id = ?",
            ((new, old) for new, (old,) in enumerate(beyond, first_id)),
        )


def set_aside(path: Path) -> Path:
    """Rename the file and what belongs to it; one such copy is kept, an older one replaced."""
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.replace(path.with_name(f"{path.name}.damaged{suffix}"))
    return path.with_name(f"{path.name}.damaged")


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA locking_mode=EXCLUSIVE")
    sqlite_owner.require(connection, APPLICATION_ID, TABLES)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    # The log is emptied every 400 KB: on a small disk that is nearly full it must not take what is left.
    connection.execute("PRAGMA wal_autocheckpoint=100")
    connection.execute("PRAGMA journal_size_limit=409600")
    connection.execute("BEGIN IMMEDIATE")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version in (0, SCHEMA_VERSION):
        for statement in _CREATE:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        sqlite_owner.sign(connection, APPLICATION_ID)
    connection.execute("COMMIT")
    if version not in (0, SCHEMA_VERSION):
        raise sqlite3.DatabaseError(f"its schema version is {version}, this daemon writes {SCHEMA_VERSION}")
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise sqlite3.DatabaseError(verdict)

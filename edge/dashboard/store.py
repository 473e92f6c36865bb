"""The history: every window once, in one SQLite file, with sums by step of time beside it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from edge import sqlite_owner
from edge.dashboard.choice import Choice
from edge.dashboard.fleet import CameraKey
from edge.dashboard.payloads import Window
from edge.dashboard.rollup import STEPS_S, spread
from edge.errors import EmotionEdgeError
from edge.sqlite_owner import ForeignFileError

SCHEMA_VERSION = 1
#: "emod": what SQLite tells of our file.
_APPLICATION_ID, _TABLES = 0x656D6F64, ("camera", "window", "part", "label")
#: The finest steps are only for the shortest span.
_FINEST_KEPT_S = 86_400.0
#: Of 4 KiB, at each pruning.
_PAGES_FREED = 2000
_CREATE = """
CREATE TABLE camera (
    key INTEGER PRIMARY KEY, site TEXT NOT NULL, device TEXT NOT NULL, camera TEXT NOT NULL,
    first_start REAL NOT NULL, newest_end REAL NOT NULL, window_s REAL NOT NULL,
    UNIQUE (site, device, camera));
CREATE TABLE window (
    id TEXT PRIMARY KEY, camera INTEGER NOT NULL, end REAL NOT NULL, payload BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX window_by_end ON window (end);
CREATE TABLE part (
    step_s INTEGER, step INTEGER, camera INTEGER, name TEXT, seconds REAL NOT NULL,
    PRIMARY KEY (step_s, step, camera, name)) WITHOUT ROWID;
CREATE TABLE label (name TEXT PRIMARY KEY) WITHOUT ROWID;
"""
#: Windows that are read at once.
_PAGE = 500
_AFTER_EVERY_ID = "~"
_CHOSEN = (
    "(:site IS NULL OR site = :site) AND (:device IS NULL OR device = :device)"
    " AND (:camera IS NULL OR camera.camera = :camera)"
)


class Arrival(NamedTuple):
    """A window as it was published, and what it says.

    Attributes:
        misdated_s: When it came, where its own time cannot be right: it is kept as it is, at that time.
    """

    window: Window
    payload: bytes
    misdated_s: float | None = None


class Coverage(NamedTuple):
    """From when until when a camera's windows are there, and how long the newest was."""

    key: CameraKey
    first_start: float
    newest_end: float
    window_s: float


class Sum(NamedTuple):
    """Seconds of one part in one step, of one camera."""

    key: int
    step: int
    name: str
    seconds: float


class Store:
    """One connection, for one user at a time.

    A window that is there already is not added again, whoever added it.
    """

    def __init__(self, path: Path) -> None:
        """Open or create the file.

        Raises:
            EmotionEdgeError: It cannot be used; the message says what to do.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                path, timeout=10, isolation_level=None, check_same_thread=False
            )
            _prepare(self._connection, path)
        except (sqlite3.Error, OSError, ForeignFileError) as err:
            raise EmotionEdgeError(
                f"{path}: cannot be used as the dashboard's history: {err}; choose another --store"
            ) from err

    def close(self) -> None:
        self._connection.close()

    def add(self, arrivals: Iterable[Arrival]) -> int:
        """Keep windows, all or none of them; how many were new.

        Raises:
            sqlite3.Error: The disk is full, say; nothing was added.
        """
        with _transaction(self._connection):
            return sum(self._add(arrival) for arrival in arrivals)

    def prune(self, now_utc_s: float, keep_s: float) -> int:
        """Delete windows that ended longer ago than ``keep_s``, and their sums; how many windows."""
        oldest = now_utc_s - keep_s
        with _transaction(self._connection):
            deleted = self._connection.execute("DELETE FROM window WHERE end < ?", (oldest,)).rowcount
            for step_s in STEPS_S:
                kept_from = max(oldest, now_utc_s - _FINEST_KEPT_S) if step_s == STEPS_S[0] else oldest
                self._connection.execute(
                    "DELETE FROM part WHERE step_s = ? AND step < ?", (step_s, int(kept_from // step_s))
                )
            self._connection.execute("DELETE FROM camera WHERE newest_end < ?", (oldest,))
            self._connection.execute(
                "UPDATE camera SET first_start = ? WHERE first_start < ?", (oldest, oldest)
            )
        # execute() would take one step, which frees one page; so many do not hold up who writes.
        self._connection.executescript(f"PRAGMA incremental_vacuum({_PAGES_FREED})")
        return deleted

    def count(self) -> int:
        """How many windows there are."""
        return int(self._connection.execute("SELECT count(*) FROM window").fetchone()[0])

    def labels(self) -> list[str]:
        """Every emotion that was ever told."""
        return [name for (name,) in self._connection.execute("SELECT name FROM label ORDER BY name")]

    def coverage(self, choice: Choice) -> dict[int, Coverage]:
        """The chosen cameras by their number in this file."""
        rows = self._connection.execute(
            f"SELECT key, site, device, camera, first_start, newest_end, window_s FROM camera WHERE {_CHOSEN}"  # noqa: S608 - no value in it
            " ORDER BY site, device, camera",
            _values(choice),
        )
        return {
            key: Coverage(CameraKey(site, device, camera), *times)
            for key, site, device, camera, *times in rows
        }

    def sums(self, step_s: int, first_step: int, choice: Choice) -> Iterator[Sum]:
        """Seconds by part from a step on, for one of :data:`edge.dashboard.rollup.STEPS_S`."""
        rows = self._connection.execute(
            "SELECT part.camera, step, name, seconds FROM part JOIN camera ON camera.key = part.camera"  # noqa: S608
            f" WHERE step_s = :step_s AND step >= :first_step AND {_CHOSEN}",
            {**_values(choice), "step_s": step_s, "first_step": first_step},
        )
        return map(Sum._make, rows)

    def payloads(self, choice: Choice, since: float, until: float) -> Iterator[bytes]:
        """Windows that end after ``since`` and by ``until``, oldest first, as they were published.

        Read page by page: a browser that takes its time must not hold up the file's write-ahead log.
        """
        last = (since, _AFTER_EVERY_ID)
        while True:
            rows = self._connection.execute(
                "SELECT end, id, payload FROM window JOIN camera ON camera.key = window.camera"  # noqa: S608
                f" WHERE (end, id) > (:end, :id) AND end <= :until AND {_CHOSEN}"
                " ORDER BY end, id LIMIT :page",
                {**_values(choice), "end": last[0], "id": last[1], "until": until, "page": _PAGE},
            ).fetchall()
            yield from (payload for _, _, payload in rows)
            if len(rows) < _PAGE:
                return
            last = rows[-1][:2]

    def _add(self, arrival: Arrival) -> bool:
        window, execute = _as_it_came(arrival), self._connection.execute
        key = self._camera(window)
        added = execute(
            "INSERT OR IGNORE INTO window VALUES (?, ?, ?, ?)", (window.id, key, window.end, arrival.payload)
        )
        if not added.rowcount:
            return False
        execute(
            "UPDATE camera SET first_start = min(first_start, ?),"
            " window_s = CASE WHEN ? > newest_end THEN ? ELSE window_s END,"
            " newest_end = max(newest_end, ?) WHERE key = ?",
            (window.start, window.end, window.end - window.start, window.end, key),
        )
        self._connection.executemany(
            "INSERT INTO part VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (step_s, step, camera, name) DO UPDATE SET seconds = seconds + excluded.seconds",
            [
                (step_s, part.step, key, part.name, part.seconds)
                for step_s in STEPS_S
                for part in spread(window, step_s)
            ],
        )
        if window.shares:
            self._connection.executemany(
                "INSERT OR IGNORE INTO label VALUES (?)", [(label,) for label in window.shares]
            )
        return True

    def _camera(self, window: Window) -> int:
        names = (window.site, window.device, window.camera)
        self._connection.execute(
            "INSERT OR IGNORE INTO camera (site, device, camera, first_start, newest_end, window_s)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (*names, window.start, window.end, window.end - window.start),
        )
        row = self._connection.execute(
            "SELECT key FROM camera WHERE site = ? AND device = ? AND camera = ?", names
        ).fetchone()
        return int(row[0])


def _as_it_came(arrival: Arrival) -> Window:
    """The window at the time to count it: of a clock that nobody has set that is when it came."""
    window, came_s = arrival.window, arrival.misdated_s
    if came_s is None:
        return window
    return window.model_copy(update={"start": came_s - (window.end - window.start), "end": came_s})


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    sqlite_owner.require(connection, _APPLICATION_ID, _TABLES)
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version not in (0, SCHEMA_VERSION):
        raise EmotionEdgeError(
            f"{path}: was written by another version of the dashboard; choose another --store"
        )
    if version == 0:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL")  # pages read while windows are written
    connection.execute("PRAGMA synchronous = NORMAL")
    if version == 0:
        with _transaction(connection):
            # Another process may have been faster.
            if connection.execute("PRAGMA user_version").fetchone() == (0,):
                for statement in _CREATE.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
                sqlite_owner.sign(connection, _APPLICATION_ID)


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _values(choice: Choice) -> dict[str, str | None]:
    return {"site": choice.site, "device": choice.device, "camera": choice.camera}

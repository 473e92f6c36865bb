"""The outbox's file: how it is opened, checked and, where it is damaged, set aside."""

from __future__ import annotations

import sqlite3
from pathlib import Path

SCHEMA_VERSION = 1
IN_MEMORY = Path(":memory:")
# AUTOINCREMENT: an id is never given again, so a late acknowledgement cannot delete another row.
_CREATE = """
CREATE TABLE message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    topic TEXT NOT NULL,
    payload BLOB NOT NULL,
    utc_s REAL NOT NULL,
    monotonic_s REAL NOT NULL
)"""


def open_file(path: Path) -> sqlite3.Connection:
    """Open or create the file, checked and locked against other processes.

    Returns:
        A connection in autocommit mode, for use behind a lock by any thread.
    Raises:
        sqlite3.DatabaseError: It is damaged, or written by another version.
        sqlite3.OperationalError: It cannot be opened or written, or another process has it.
        OSError: Its folder cannot be made.
    """
    if path != IN_MEMORY:
        path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=1.0, isolation_level=None, check_same_thread=False)
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def set_aside(path: Path) -> Path:
    """Rename the file and what belongs to it; one such copy is kept, an older one replaced."""
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.replace(path.with_name(f"{path.name}.damaged{suffix}"))
    return path.with_name(f"{path.name}.damaged")


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA locking_mode=EXCLUSIVE")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA journal_size_limit=4194304")
    connection.execute("BEGIN IMMEDIATE")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == 0:
        connection.execute(_CREATE)
        connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
    connection.execute("COMMIT")
    if version not in (0, SCHEMA_VERSION):
        raise sqlite3.DatabaseError(f"its schema version is {version}, this daemon writes {SCHEMA_VERSION}")
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise sqlite3.DatabaseError(verdict)

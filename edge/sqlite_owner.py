"""Whose an SQLite file is: a path that was mistaken must not let one program write into another's."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection


class ForeignFileError(Exception):
    """The file is a database, of another program."""


def require(connection: sqlite3.Connection, application_id: int, tables: Collection[str]) -> None:
    """Be sure that a file is ours, or new; call it before anything is changed.

    Args:
        connection: To the file.
        application_id: What our files bear, see :func:`sign`; older ones bear none.
        tables: Names of the tables that such an older one may have.
    Raises:
        ForeignFileError: It is another program's.
    """
    (found,) = connection.execute("PRAGMA application_id").fetchone()
    if found == application_id:
        return
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    strange = sorted(name for name in names.difference(tables) if not name.startswith("sqlite_"))
    if found or strange:
        holds = f"the table {strange[0]}" if strange else f"the mark {found:#010x}"
        raise ForeignFileError(f"is another program's database (it has {holds})")


def sign(connection: sqlite3.Connection, application_id: int) -> None:
    """Mark a file as ours."""
    connection.execute(f"PRAGMA application_id = {application_id}")

"""Keeps the outbox's file reachable: opens it, tries again, replaces a damaged one; says so once."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path

from edge.errors import ConfigError, OutboxHeldError
from edge.mqtt.outbox_file import OutboxFile, set_aside
from edge.outage import Outage
from edge.sqlite_owner import ForeignFileError

_log = logging.getLogger(__name__)
#: How often a file that cannot be opened is tried again.
_REOPEN_S = 5.0
#: A disk that answers so for so long is not the one that was opened: unplugged, it never comes back to that.
_UNPLUGGED, _UNPLUGGED_AFTER_S = "disk I/O error", 30.0


class OutboxDisk:
    """The file, or None while none can be had; for use behind the outbox's lock."""

    def __init__(self, path: Path, monotonic: Callable[[], float]) -> None:
        """Open or create the file; a damaged one is set aside.

        Raises:
            OutboxHeldError: Another process has it open.
            ConfigError: It is another program's.
        """
        self.file: OutboxFile | None = None
        self._path, self._monotonic = path, monotonic
        self._trouble = Outage(_log)
        self._reopen_at_s, self._late = 0.0, False
        self._unplugged_at_s: float | None = None
        #: The greatest id known to be in the file, whatever a commit that failed has left beyond it.
        self._written_id = 0
        self._resumed = False
        self._open()
        self._late = self.file is None

    @property
    def trouble(self) -> str | None:
        """Why messages are not durable now, None while they are."""
        return self._trouble.message

    def reach(self) -> bool:
        """Try again where there is no file and it is time; whether there is one anew."""
        if self.file is not None or self._monotonic() < self._reopen_at_s:
            return False
        try:
            self._open()
        except (OutboxHeldError, ConfigError) as err:  # what is there now is not the one that was
            self._wait(err)
        return self.file is not None

    def make_room(self, err: sqlite3.DatabaseError) -> bool:
        """Where the disk is full: empty the log of changes; whether another try makes sense."""
        if not isinstance(err, sqlite3.OperationalError) or self.file is None:
            return False
        try:
            self.file.shrink_log()
        except sqlite3.DatabaseError:
            return False
        return True

    def fail(self, err: sqlite3.DatabaseError) -> bool:
        """Note that the file could not be used; whether it was damaged and is another one now, or none."""
        if isinstance(err, sqlite3.ProgrammingError):
            raise err
        if isinstance(err, sqlite3.OperationalError):
            self._say(err)
            self._let_go_of_unplugged(err)
            return False
        self._begin_anew(err)
        return True

    def works(self, lost: int, last_id: int) -> None:
        """Note that the file was written, up to and with an id."""
        self._written_id = last_id
        self._unplugged_at_s = None
        self._trouble.recovered(f"{self._path}: the outbox can be written again lost={lost}")

    def close(self) -> None:
        """Close the file, for good."""
        if self.file is not None:
            self.file.close()
        self.file, self._reopen_at_s = None, float("inf")

    def _open(self) -> None:
        try:
            self.file = OutboxFile(
                self._path, late=self._late, resumed_after=self._written_id if self._resumed else None
            )
            self._written_id = self.file.last_id()
            self._late = self._resumed = False
        except ForeignFileError as err:  # not to be set aside: it is somebody's
            raise ConfigError(f"{self._path}: {err}; give the outbox a path of its own: outbox.path") from err
        except sqlite3.OperationalError as err:
            if "locked" in str(err):
                raise OutboxHeldError(
                    f"{self._path}: another process has this outbox open; stop it, or give each daemon its"
                    " own outbox.path"
                ) from err
            self._wait(err)
        except OSError as err:
            self._wait(err)
        except sqlite3.DatabaseError as err:
            self._begin_anew(err)

    def _let_go_of_unplugged(self, err: sqlite3.OperationalError) -> None:
        """Close a file whose disk has long been gone: what comes back at the path is opened anew."""
        if _UNPLUGGED not in str(err) or self.file is None:
            return
        now_s = self._monotonic()
        if self._unplugged_at_s is None:
            self._unplugged_at_s = now_s
        elif now_s - self._unplugged_at_s >= _UNPLUGGED_AFTER_S:
            self.file.close()
            self.file, self._unplugged_at_s, self._resumed = None, None, True
            self._reopen_at_s = now_s

    def _begin_anew(self, err: sqlite3.Error) -> None:
        if self.file is not None:
            self.file.close()
            self.file = None
        try:
            kept = set_aside(self._path)
        except OSError as rename_err:
            self._wait(rename_err)
            return
        _log.error("%s: the outbox is damaged (%s); kept as %s, a new one is begun", self._path, err, kept)
        self._open()

    def _wait(self, err: Exception) -> None:
        self._reopen_at_s = self._monotonic() + _REOPEN_S
        self._say(err)

    def _say(self, err: Exception) -> None:
        self._trouble.failed(
            f"{self._path}: the outbox cannot be written: {err}; unsent windows are kept in memory and do not"
            " survive a restart; check outbox.path, its owner and the disk"
        )

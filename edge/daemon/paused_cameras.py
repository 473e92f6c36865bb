"""Which cameras a command has paused, on disk: a restart must not open an eye that somebody closed."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, MutableSet
from pathlib import Path

from edge.durable_file import DurableFile
from edge.outage import Outage

_log = logging.getLogger(__name__)
_SCHEMA = "emotion.paused/1"


class PausedCameras(MutableSet[str]):
    """A set of camera names; every change is on disk before it is obeyed, or :attr:`trouble` says why not."""

    def __init__(
        self, path: Path, configured: Iterable[str], disk_is_there: Callable[[], bool] = lambda: True
    ) -> None:
        """Read the file; of a camera that is no longer configured nothing is kept.

        Where it cannot be read nobody knows what was paused: then every camera is. On a disk that has yet to
        be mounted there is no file either: then it is read once the disk is there (:meth:`learn`).

        Args:
            path: The file; there is none where nothing is paused.
            configured: All cameras.
            disk_is_there: Whether a file that is not found would be, if there were one.
        """
        lost = "a pause will not survive a restart; check the disk, the folder and its owner"
        self._file, self._unread = DurableFile(path, _log, lost), Outage(_log)
        self._disk_is_there = disk_is_there
        self._names = set(configured)
        #: Paused because nobody knows yet, and no command has said anything of them since.
        self._assumed: set[str] = set()
        #: Whether a command has said something that is not in the file.
        self._unsaid = False
        try:
            self._names &= _names(path)
        except FileNotFoundError:
            if disk_is_there():
                self._names.clear()
            elif self._names:
                self._assumed = set(self._names)
                self._unread.failed(
                    f"{path}: its disk is not there, so nobody knows which cameras were paused: all are,"
                    " until it is there or a command opens them; check outbox.path and its owner"
                )
        except (OSError, ValueError, TypeError, KeyError) as err:
            _log.error("%s: cannot be read: %s; every camera is paused until a command opens it", path, err)

    @property
    def trouble(self) -> str | None:
        """Why what is paused is not known, or would not survive a restart; None while all is well."""
        return self._unread.message or self._file.trouble

    def learn(self) -> set[str]:
        """Read what could not be read at the start; call it now and then.

        Returns:
            Cameras that are paused for want of knowledge and had not been: open them.
        """
        if not self._assumed:
            return set()
        try:
            known = _names(self._file.path)
        except FileNotFoundError:
            if not self._disk_is_there():
                return set()
            known = set()
        except (OSError, ValueError, TypeError, KeyError) as err:
            _log.error("%s: cannot be read: %s; a command opens each camera", self._file.path, err)
            known = set(self._assumed)
        free, self._assumed = self._assumed - known, set()
        self._unread.recovered(f"{self._file.path}: read")
        if self._unsaid and not free:  # else it is written as those are opened
            self._write()
        return free

    def keep(self) -> None:
        """Write what the disk has refused so far; call it now and then."""
        if self._file.trouble is not None:
            self._write()

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def add(self, value: str) -> None:
        """Pause."""
        if value not in self._names or value in self._assumed:
            self._assumed.discard(value)
            self._names.add(value)
            self._write()

    def discard(self, value: str) -> None:
        """Pause no longer."""
        if value in self._names:
            self._assumed.discard(value)
            self._names.discard(value)
            self._write()

    def _write(self) -> None:
        self._unsaid = bool(self._assumed)
        if not self._assumed:  # else the file on the disk that is not there knows better
            self._file.write(json.dumps({"schema": _SCHEMA, "cameras": sorted(self._names)}))


def _names(path: Path) -> set[str]:
    fields = json.loads(path.read_bytes())
    if fields["schema"] != _SCHEMA:
        raise ValueError(f"its schema is not {_SCHEMA}")
    return set(fields["cameras"])

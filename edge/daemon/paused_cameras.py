"""Which cameras a command has paused, on disk: a restart must not open an eye that somebody closed."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Iterator, MutableSet
from pathlib import Path

from edge.outage import Outage

_log = logging.getLogger(__name__)
_SCHEMA = "emotion.paused/1"


class PausedCameras(MutableSet[str]):
    """A set of camera names; every change is on disk before it is obeyed, or :attr:`trouble` says why not."""

    def __init__(self, path: Path, configured: Iterable[str]) -> None:
        """Read the file; of a camera that is no longer configured nothing is kept.

        Where it cannot be read nobody knows what was paused: then every camera is.
        """
        self._path, self._unwritable = path, Outage(_log)
        self._names = set(configured)
        try:
            self._names &= _names(path)
        except FileNotFoundError:
            self._names.clear()
        except (OSError, ValueError, TypeError, KeyError) as err:
            _log.error("%s: cannot be read: %s; every camera is paused until a command opens it", path, err)

    @property
    def trouble(self) -> str | None:
        """Why what is paused would not survive a restart, None while it would."""
        return self._unwritable.message

    def keep(self) -> None:
        """Write what the disk has refused so far; call it now and then."""
        if self.trouble is not None:
            self._write()

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def add(self, value: str) -> None:
        """Pause."""
        if value not in self._names:
            self._names.add(value)
            self._write()

    def discard(self, value: str) -> None:
        """Pause no longer."""
        if value in self._names:
            self._names.discard(value)
            self._write()

    def _write(self) -> None:
        fresh = self._path.with_name(f".{self._path.name}.new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with fresh.open("w", encoding="utf-8") as file:
                json.dump({"schema": _SCHEMA, "cameras": sorted(self._names)}, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(fresh, self._path)  # noqa: PTH105 - the one that is atomic by its documentation
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)  # else a power cut may bring the old file back
            finally:
                os.close(folder)
        except OSError as err:
            self._unwritable.failed(
                f"{self._path}: a pause will not survive a restart: {err.strerror}; check the disk, the"
                " folder and its owner"
            )
        else:
            self._unwritable.recovered(f"{self._path}: pauses survive a restart again")


def _names(path: Path) -> set[str]:
    fields = json.loads(path.read_bytes())
    if fields["schema"] != _SCHEMA:
        raise ValueError(f"its schema is not {_SCHEMA}")
    return set(fields["cameras"])

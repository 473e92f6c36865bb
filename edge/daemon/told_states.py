"""Whose state the broker keeps, on disk: a camera that is gone by the next start must be taken back then."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Protocol

from edge import durable_file
from edge.mqtt.topics import Topics
from edge.outage import Outage

_log = logging.getLogger(__name__)
_SCHEMA = "emotion.told/1"


class Forgetful(Protocol):
    """Who can have the broker forget; see :class:`edge.mqtt.publisher.MqttPublisher`."""

    def forget(self, topic: str) -> None:
        """Have it keep nothing on a topic any more."""

    def forgets(self, topic: str) -> bool:
        """Whether it has yet to acknowledge that."""


def told_path(outbox: Path) -> Path:
    """Where it lies: an outbox belongs to one daemon, a folder may be of several."""
    return outbox.with_name(f"{outbox.stem}.told.json")


class ToldStates:
    """Asked in the main loop; silent where nothing has changed.

    Else a camera that was renamed while the daemon was stopped, as in every push, would be said to stream
    for ever.
    """

    def __init__(
        self, path: Path, topics: Topics, broker: Forgetful, disk_is_there: Callable[[], bool] = lambda: True
    ) -> None:
        """Read the file, now or once its disk is mounted.

        Args:
            path: The file.
            topics: Of this device.
            broker: Who forgets.
            disk_is_there: Whether a file that is not found would be, if there were one.
        """
        self._path, self._topics, self._broker = path, topics, broker
        self._disk_is_there = disk_is_there
        self._unwritable = Outage(_log)
        self._told = self._read()
        self._leaving: set[str] = set()

    def tell(self, names: Collection[str]) -> None:
        """Have the broker forget the state of every camera that is not one of these any more."""
        if self._told is None:
            self._told = self._read()
        if self._told is None:  # what is on the disk that is not there must not be written over
            return
        gone = self._told.difference(names)
        for name in gone - self._leaving:
            self._broker.forget(self._topics.state(name))
        forgotten = {
            name for name in gone & self._leaving if not self._broker.forgets(self._topics.state(name))
        }
        self._leaving = gone - forgotten
        told = self._told.union(names) - forgotten
        if told != self._told or self._unwritable.message is not None:
            self._told = told
            self._write(told)

    def _write(self, told: set[str]) -> None:
        record = {"schema": _SCHEMA, "device": self._topics.device_root, "cameras": sorted(told)}
        try:
            durable_file.replace(self._path, json.dumps(record))
        except OSError as err:
            self._unwritable.failed(
                f"{self._path}: cannot be written: {err.strerror}; the broker will keep the state of a camera"
                " that is removed while the daemon is stopped"
            )
        else:
            self._unwritable.recovered(f"{self._path}: can be written again")

    def _read(self) -> set[str] | None:
        """What an earlier run under this name has told: another name's topics are not ours to clear.

        None where it is not known yet.
        """
        try:
            fields = json.loads(self._path.read_bytes())
            if fields["schema"] == _SCHEMA and fields["device"] == self._topics.device_root:
                return set(fields["cameras"])
        except FileNotFoundError:
            return set() if self._disk_is_there() else None
        except (OSError, ValueError, TypeError, KeyError) as err:
            _log.warning("not read, begun anew path=%s reason='%s'", self._path, err)
        return set()

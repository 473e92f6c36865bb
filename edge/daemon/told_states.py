"""Whose state the broker keeps, on disk: a camera that is gone by the next start must be taken back then."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Protocol

from edge.durable_file import DurableFile
from edge.mqtt.topics import Topics

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
        lost = "the broker will keep the state of a camera that is removed while the daemon is stopped"
        self._file, self._disk_is_there = DurableFile(path, _log, lost), disk_is_there
        self._topics, self._broker = topics, broker
        self._told = self._read()
        self._leaving: set[str] = set()

    def tell(self, names: Collection[str]) -> None:
        """Have the broker forget the state of every camera that is not one of these any more."""
        if self._told is None:
            self._told = self._read()
        if self._told is None:  # what is on the disk that is not there must not be written over
            return
        gone = self._told.difference(names)
        topics = {name: self._topics.state(name) for name in gone}
        forgotten = {name for name in gone & self._leaving if not self._broker.forgets(topics[name])}
        for name in gone - self._leaving:
            if not self._broker.forgets(topics[name]):  # a reload has asked for it already
                self._broker.forget(topics[name])
        self._leaving = gone - forgotten
        told = self._told.union(names) - forgotten
        if told != self._told or self._file.trouble is not None:
            self._told = told
            record = {"schema": _SCHEMA, "device": self._topics.device_root, "cameras": sorted(told)}
            self._file.write(json.dumps(record))

    def _read(self) -> set[str] | None:
        """What an earlier run under this name has told: another name's topics are not ours to clear.

        None where it is not known yet.
        """
        try:
            fields = json.loads(self._file.path.read_bytes())
            if fields["schema"] == _SCHEMA and fields["device"] == self._topics.device_root:
                return set(fields["cameras"])
        except FileNotFoundError:
            return set() if self._disk_is_there() else None
        except (OSError, ValueError, TypeError, KeyError) as err:
            _log.warning("not read, begun anew path=%s reason='%s'", self._file.path, err)
        return set()

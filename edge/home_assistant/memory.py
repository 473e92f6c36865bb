"""What was announced, in a file: what is gone by the next start must be withdrawn then."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from edge.contract.section import Section
from edge.durable_file import DurableFile

log = logging.getLogger(__name__)


def path_beside(outbox: Path) -> Path:
    """Where it lies: an outbox belongs to one daemon, a folder may be of several."""
    return outbox.with_name(f"{outbox.stem}.home-assistant.json")


class _Record(Section):
    schema_name: Annotated[Literal["announced/1"], Field(alias="schema")]
    #: Topic of a document -> key of each entity that it ever held -> its platform.
    topics: dict[str, dict[str, str]]


class AnnouncedMemory:
    """Topics that the broker keeps a document on, with the entities in it; survives the daemon."""

    def __init__(self, path: Path) -> None:
        lost = (
            "a camera that is removed while the daemon is stopped will have to be deleted in Home Assistant"
            " by hand"
        )
        self._file = DurableFile(path, log, lost)
        self._topics = _read(path)

    @property
    def topics(self) -> tuple[str, ...]:
        """Where documents lie."""
        return tuple(self._topics)

    def entities(self, topic: str) -> Mapping[str, str]:
        """Key and platform of what a document holds."""
        return self._topics.get(topic, {})

    def keep(self, topic: str, entities: Mapping[str, str]) -> None:
        """Remember what a document holds; call it before the document is sent."""
        if self._topics.get(topic) != entities or self._file.trouble:
            self._topics[topic] = dict(entities)
            self._write()

    def drop(self, topic: str) -> None:
        """The broker keeps nothing there any more."""
        if self._topics.pop(topic, None) is not None:
            self._write()

    def _write(self) -> None:
        if not self._topics:
            self._file.write(None)
            return
        record = _Record.model_validate({"schema": "announced/1", "topics": self._topics})
        self._file.write(record.model_dump_json(by_alias=True) + "\n")


def _read(path: Path) -> dict[str, dict[str, str]]:
    try:
        return _Record.model_validate_json(path.read_bytes()).topics
    except FileNotFoundError:
        pass
    except (ValidationError, OSError) as err:  # a damaged card must not stop the daemon
        log.warning("not read, begun anew path=%s reason='%s'", path, str(err).splitlines()[0])
    return {}

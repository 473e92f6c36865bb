"""The health record (``health/1``): how a running daemon is, in a file that others read.

The daemon writes it every few seconds; ``deploy`` takes a release for good once it says ready, and
what answers ``/readyz`` is the same record.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, ValidationError

from edge.contract.section import Section
from edge.errors import ContractError

#: How often it is written; a record that is several times older is of a daemon that hangs or is gone.
WRITTEN_EVERY_S = 2.0
FILE_NAME = "health.json"


class _Part(Section):
    # Whoever reads a record of a later daemon ignores what it does not know.
    model_config = ConfigDict(extra="ignore", populate_by_name=True)


class CameraHealth(_Part):
    """One camera; ``frame_age_s`` is None before its first frame, and so is ``latency_p95_ms``.

    The latency is from capture to the end of the pipeline, over the last ten seconds. ``skipped`` counts
    frames that could not be analysed; ``trouble`` says why not where for seconds none could.
    """

    state: str
    reason: str
    fps: float
    frames: int
    dropped: int
    reconnects: int
    frame_age_s: float | None
    latency_p95_ms: float | None = None
    skipped: int = 0
    trouble: str | None = None


class BrokerHealth(_Part):
    """The connection; ``trouble`` says why there is none, or what the broker does not take."""

    connected: bool
    delivered: int
    trouble: str | None


class OutboxHealth(_Part):
    """What waits for the broker; ``trouble`` says why it is not durable."""

    rows: int
    bytes: int
    lost: int
    oldest_s: float
    trouble: str | None


class HealthRecord(_Part):
    """One moment of one start of the daemon.

    Attributes:
        boot_id: Names this start.
        pid: Of the daemon.
        time, started: RFC 3339, UTC.
        ready: Whether every enabled camera delivers and every window reaches the broker.
        reasons: Why not; empty where it is ready.
        versions: Of software and models.
    """

    schema_name: Annotated[Literal["health/1"], Field(alias="schema")] = "health/1"
    site: str
    device: str
    boot_id: str
    pid: int
    time: str
    started: str
    ready: bool
    reasons: list[str]
    cameras: dict[str, CameraHealth]
    broker: BrokerHealth
    outbox: OutboxHealth
    rss_bytes: int
    cpu_percent: float
    temperature_c: float | None
    versions: dict[str, str]


def write(path: Path, record: HealthRecord) -> None:
    """Replace the file in one step: whoever reads it sees one whole record.

    Raises:
        OSError: The folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(record.model_dump_json(by_alias=True) + "\n", encoding="utf-8")
    os.replace(fresh, path)  # noqa: PTH105 - the one that is atomic by its documentation


def read(path: Path) -> HealthRecord:
    """The record as it stands.

    Raises:
        ContractError: There is none, or it is of another version.
    """
    try:
        return HealthRecord.model_validate_json(path.read_bytes())
    except OSError as err:
        raise ContractError(f"{path}: no health record: {err.strerror}; is the daemon running?") from err
    except ValidationError as err:
        raise ContractError(f"{path}: not a health/1 record: {err.errors()[0]['msg']}") from err

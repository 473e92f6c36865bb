"""What devices publish, read and checked by strict types: whoever may publish may send anything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from edge.contract.labels import LABEL_PATTERN, LONGEST_LABEL, MOST_LABELS

#: More than any device sends.
LARGEST_BYTES = 65_536
#: A window lasts an hour at most; longer ones would fill a timeline with a single message.
_LONGEST_WINDOW_S = 2 * 3600.0
_LONGEST_SAID = 500
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")


def utc_s(text: object) -> float:
    """Seconds since 1970 of ``2026-11-20T08:00:05.250Z``.

    Raises:
        ValueError: It is another notation, or no such day.
    """
    if not isinstance(text, str) or not _TIME.fullmatch(text):
        raise ValueError("is not a time like 2026-11-20T08:00:05.250Z")
    return datetime.fromisoformat(text.removesuffix("Z") + "+00:00").timestamp()


Time = Annotated[float, BeforeValidator(utc_s)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", max_length=63)]
Label = Annotated[str, Field(pattern=LABEL_PATTERN, max_length=LONGEST_LABEL)]
Share = Annotated[float, Field(ge=0, le=1)]
Shares = Annotated[dict[Label, Share], Field(max_length=MOST_LABELS)]
Words = Annotated[str, Field(max_length=500)]
#: To be read by people; what is too long for that is cut, and makes nothing else of the payload wrong.
Said = Annotated[str, BeforeValidator(lambda said: said[:_LONGEST_SAID] if isinstance(said, str) else said)]
Count = Annotated[int, Field(ge=0, lt=2**53)]
Figure = Annotated[float, Field(ge=0)]


class _Payload(BaseModel):
    # New fields may appear in a payload without a new version.
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, allow_inf_nan=False)


class Now(_Payload):
    """The current moment of one camera; neither faces nor shares where it is suppressed."""

    schema_name: Literal["emotion.now/1"] = Field(alias="schema")
    time: Time
    suppressed: bool
    faces: Count | None = None
    shares: Shares | None = None

    @model_validator(mode="after")
    def _complete(self) -> Now:
        return _with_figures_unless_suppressed(self, self.faces, self.shares)


class State(_Payload):
    """What one camera is doing."""

    schema_name: Literal["emotion.state/1"] = Field(alias="schema")
    state: Literal["streaming", "stalled", "reconnecting", "disabled", "ended"]
    since: Time
    reason: Said | None


class WindowFaces(_Payload):
    """How many faces a window saw."""

    tracks: Count
    mean_in_view: Figure
    max_in_view: Count
    observations: Count


class WindowCapture(_Payload):
    """What the camera delivered in a window."""

    frames: Count
    dropped: Count
    fps: Figure


class WindowModel(_Payload):
    """The classifier behind a window."""

    name: Words
    version: Words


class Window(_Payload):
    """One closed window of one camera; ``start`` and ``end`` in seconds since 1970."""

    schema_name: Literal["emotion.window/1"] = Field(alias="schema")
    id: Annotated[str, Field(pattern=r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$")]
    site: Name
    device: Name
    camera: Name
    boot_id: Annotated[str, Field(max_length=26)]
    seq: Count
    start: Time
    end: Time
    clock_synced: bool
    historical: bool
    suppressed: bool
    faces: WindowFaces | None = None
    shares: Shares | None = None
    dominant: Label | None = None
    abstained_share: Share | None = None
    capture: WindowCapture
    model: WindowModel

    @model_validator(mode="after")
    def _sound(self) -> Window:
        if not 0 < self.end - self.start <= _LONGEST_WINDOW_S:
            raise ValueError(f"it must last up to {_LONGEST_WINDOW_S:g} s, not {self.end - self.start:g}")
        return _with_figures_unless_suppressed(self, self.faces, self.shares)


class LatencyMs(_Payload):
    """From capture to the end of the pipeline; None where no frame was processed."""

    p50: Figure | None
    p95: Figure | None


class CameraFigures(_Payload):
    """How one camera does."""

    fps: Figure
    dropped: Count
    latency_ms: LatencyMs


class OutboxFigures(_Payload):
    """What waits for the broker."""

    rows: Count
    bytes: Count
    lost: Count


class Load(_Payload):
    """Whether the machine is too slow or too hot for what it is asked."""

    fps_limit: Figure | None
    reason: Literal["busy", "hot"] | None


class Stats(_Payload):
    """How a device and its cameras are doing."""

    schema_name: Literal["emotion.stats/1"] = Field(alias="schema")
    time: Time
    uptime_s: Count
    cameras: Annotated[dict[Name, CameraFigures], Field(max_length=200)]
    rss_bytes: Count
    cpu_percent: Figure
    temperature_c: float | None
    outbox: OutboxFigures
    load: Load | None = None
    versions: Annotated[dict[Words, Words], Field(max_length=20)]
    purpose: Said


Read = TypeVar("Read", bound=_Payload)
_Figured = TypeVar("_Figured", Now, Window)


def read(kind: type[Read], payload: bytes) -> Read:
    """One payload.

    Raises:
        ValueError: It is not that; says which field and why, in one line.
    """
    if len(payload) > LARGEST_BYTES:
        raise ValueError(f"it has {len(payload)} bytes, more than {LARGEST_BYTES}")
    try:
        return kind.model_validate_json(payload)
    except ValidationError as err:
        fault = err.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, fault["loc"]))
        raise ValueError(f"{where}: {fault['msg']}" if where else fault["msg"]) from None


def _with_figures_unless_suppressed(
    payload: _Figured, faces: object, shares: Mapping[str, float] | None
) -> _Figured:
    if payload.suppressed != (faces is None) or payload.suppressed != (shares is None):
        raise ValueError("it has faces and shares exactly where it is not suppressed")
    return payload

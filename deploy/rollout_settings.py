"""How a rollout goes about it: batches, thresholds of the gate, what is kept (sections of ``fleet/1``)."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema

from edge.contract.section import Entries, Section

_SHARE = "^(100|[1-9][0-9]?)%$"


def _batch(value: Any) -> int | str:
    if (isinstance(value, int) and not isinstance(value, bool) and value >= 1) or (
        isinstance(value, str) and re.fullmatch(_SHARE, value)
    ):
        return value
    raise ValueError('must be a number of hosts from 1 on, or a share of them as "10%"')


def _any(batches: tuple[int | str, ...]) -> tuple[int | str, ...]:
    if not batches:
        raise ValueError("must have at least one batch")
    return batches


Batch = Annotated[
    int | str,
    PlainValidator(_batch),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": _SHARE}]}),
]


class Rollout(Section):
    """In which steps a release goes over the fleet.

    Attributes:
        batches: Hosts at a time after the canaries; percentages are of all hosts of the push, and the
            last entry is repeated until every host has had its turn.
        max_fail_percentage: Of a batch; more failures stop the rollout. Hosts that are lost while they change
            count among them.
        soak_s: How long a batch must stay good before the next one begins.
        forks: Hosts that are worked on at the same time.
        connect_timeout_s: After so long without an answer a host is offline.
        lost_after_s: How long a lost connection is tried again while the device works on by itself.
        lock_ttl_s: After so long without its holder's word a lock expires.
        keep_releases: On each device, the current one included.
        min_free_bytes: Of the device's disk; older releases go until so much is free.
    """

    batches: Annotated[Entries[Batch], AfterValidator(_any), Field(json_schema_extra={"minItems": 1})] = (
        1, "10%", "50%", "100%",
    )  # fmt: skip
    max_fail_percentage: Annotated[int, Field(ge=0, le=100)] = 0
    soak_s: Annotated[float, Field(ge=0, le=86_400)] = 30.0
    forks: Annotated[int, Field(ge=1, le=500)] = 25
    connect_timeout_s: Annotated[int, Field(ge=1, le=300)] = 10
    lost_after_s: Annotated[float, Field(ge=0, le=86_400)] = 300.0
    lock_ttl_s: Annotated[int, Field(ge=60, le=86_400)] = 3600
    keep_releases: Annotated[int, Field(ge=2, le=100)] = 5
    min_free_bytes: Annotated[int, Field(ge=0)] = 500_000_000


class Gate(Section):
    """What a device must show after the switch, else it rolls back by itself.

    Latency and memory are measured against the same device before the push.

    Attributes:
        ready_within_s: From the restart until it begins to be healthy.
        soak_s: For how long without a break it must then stay so.
        max_frame_age_s: Of any streaming camera.
        p95_factor, p95_slack_ms: Latency may be what it was times the factor, or the slack more.
        max_p95_ms: Of a device that ran nothing before; None: any.
        rss_factor, rss_slack_bytes: The same of the memory.
    """

    ready_within_s: Annotated[float, Field(gt=0, le=3600)] = 120.0
    soak_s: Annotated[float, Field(ge=0, le=3600)] = 30.0
    max_frame_age_s: Annotated[float, Field(gt=0)] = 5.0
    p95_factor: Annotated[float, Field(ge=1)] = 1.5
    p95_slack_ms: Annotated[float, Field(ge=0)] = 50.0
    max_p95_ms: Annotated[float, Field(gt=0)] | None = None
    rss_factor: Annotated[float, Field(ge=1)] = 1.5
    rss_slack_bytes: Annotated[int, Field(ge=0)] = 100_000_000

"""A small configuration, and the faults that its text is refused for."""

from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import Field

from edge.cameras import AnyCamera
from edge.contract import strict_yaml
from edge.contract.section import Entries, Section, at_least
from edge.contract.unique_names import named_apart
from edge.errors import ConfigError


class Broker(Section):
    host: str
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    password: Annotated[str, Field(min_length=8)] | None = None


class Waits(Section):
    shortest_s: float = 1.0
    longest_s: Annotated[float, at_least("shortest_s")] = 30.0
    repeat: bool = True
    times: int = 3


class Device(Section):
    site: str
    broker: Broker | None = None
    cameras: Annotated[Entries[AnyCamera], named_apart("cameras")] | None = None
    limits: dict[str, float] | None = None
    waits: Waits | None = None


def faults(text: str) -> list[str]:
    """The lines of the refusal, without the file's name."""
    with pytest.raises(ConfigError) as caught:
        strict_yaml.parse(text, Device, "edge.yaml")
    lines = str(caught.value).splitlines()
    assert all(line.startswith("edge.yaml:") for line in lines)
    return [line.removeprefix("edge.yaml:") for line in lines]

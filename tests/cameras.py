"""Cameras from plain values, checked as those of a configuration file are."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from edge.cameras import AnyCamera

_ADAPTER: TypeAdapter[AnyCamera] = TypeAdapter(AnyCamera)


def parse_camera(fields: dict[str, Any]) -> AnyCamera:
    return _ADAPTER.validate_python(fields)

"""Jetson's own cameras under the unit's sandbox (pure).

``nvarguscamerasrc`` finds the cameras' driver by a socket, /tmp/argus_socket, which a private /tmp hides.
It is made anew whenever that driver starts, so that it cannot be mounted into one either.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ELEMENT = "nvarguscamerasrc"
_PRIVATE, _SHARED = "\nPrivateTmp=yes\n", "\nPrivateTmp=no\n"


def needed(configuration: Mapping[str, Any]) -> bool:
    """Whether a camera of the configuration is one of Jetson's own."""
    return any(_ELEMENT in str(camera.get("pipeline", "")) for camera in configuration.get("cameras") or ())


def with_argus(unit: str, configuration: Mapping[str, Any]) -> str:
    """A unit under which these cameras work; /tmp stays read-only to it by ProtectSystem=strict."""
    return unit.replace(_PRIVATE, _SHARED) if needed(configuration) else unit

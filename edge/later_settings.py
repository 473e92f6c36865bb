"""Sections of the configuration whose parts are still being built.

They are here so that a file may already name them; what would switch them on is refused, because
a setting that silently does nothing is worse than none.
"""

from __future__ import annotations

from typing import Any

from pydantic import field_validator

from edge.contract.section import Section


def _refuse(value: Any) -> Any:
    if value:
        raise ValueError("is not in this version yet; leave it at its default")
    return value


class HomeAssistantSettings(Section):
    """Device discovery for Home Assistant.

    Attributes:
        prefix: Where Home Assistant listens for discovery.
    """

    discovery: bool = False
    prefix: str = "homeassistant"

    _not_yet = field_validator("discovery")(_refuse)


class HttpSettings(Section):
    """Health, metrics and preview on the device's own port; ``bind`` as host:port."""

    bind: str | None = None
    metrics: bool = False
    preview: bool = False

    _not_yet = field_validator("bind", "metrics", "preview")(_refuse)

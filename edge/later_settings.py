"""Sections of the configuration whose parts are still being built.

They are here so that a file may already name them; what would switch them on is refused, because
a setting that silently does nothing is worse than none.
"""

from __future__ import annotations

from pydantic import field_validator

from edge.contract.section import Section


class HomeAssistantSettings(Section):
    """Device discovery for Home Assistant.

    Attributes:
        prefix: Where Home Assistant listens for discovery.
    """

    discovery: bool = False
    prefix: str = "homeassistant"

    @field_validator("discovery")
    @classmethod
    def _not_yet(cls, discovery: bool) -> bool:
        if discovery:
            raise ValueError("is not in this version yet; leave it at its default")
        return discovery

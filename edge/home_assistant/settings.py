"""Whether and where the device announces itself to Home Assistant."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from edge.contract.section import Section


class HomeAssistantSettings(Section):
    """Device discovery.

    Attributes:
        discovery: Whether the device announces itself; false withdraws what an earlier start announced.
        prefix: Home Assistant's own discovery prefix, also where it says that it is online.
    """

    discovery: bool = False
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$", max_length=128)] = (
        "homeassistant"
    )

    @property
    def birth_topic(self) -> str:
        """Where Home Assistant says online after a restart."""
        return f"{self.prefix}/status"

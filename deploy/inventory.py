"""The fleet: which devices there are and how they are reached (``fleet/1``)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from edge.contract import strict_yaml
from edge.contract.section import Entries, Section
from edge.contract.unique_names import named_apart

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", max_length=63)]


class Host(Section):
    """One device.

    Attributes:
        name: What plans and logs call it, and its device name in topics.
        address: Host name or IP address for ssh.
        arch: Of its processor, as ``uname -m`` says it.
        python: Version of the Python that runs the daemon.
        canary: Whether a rollout tries it first.
    """

    name: Identifier
    address: Annotated[str, Field(min_length=1, max_length=253)]
    user: Annotated[str, Field(min_length=1)] = "pi"
    port: Annotated[int, Field(ge=1, le=65_535)] = 22
    arch: Literal["aarch64", "x86_64"] = "aarch64"
    python: Literal["3.10", "3.11", "3.12", "3.13"] = "3.11"
    site: Identifier = "default"
    canary: bool = False


class Inventory(Section):
    """All devices, in the order in which they are listed."""

    schema_name: Annotated[Literal["fleet/1"], Field(alias="schema")]
    hosts: Annotated[Entries[Host], named_apart("hosts")]


def load(path: Path) -> Inventory:
    """Read an inventory.

    Raises:
        ConfigError: Every fault at once, each with file, line and field.
    """
    return strict_yaml.load(path, Inventory)

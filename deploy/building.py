"""Builds and signs a release for each host."""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import Enum
from pathlib import Path

from rich.console import Console

from deploy import places
from deploy.inventory import Host, Inventory
from deploy.release.agent_archive import FILE_NAME, archive
from deploy.release_set import ReleaseSet
from edge.errors import EmotionEdgeError


class Part(str, Enum):
    """What alone changes; the rest stays as it is on the device."""

    MODELS = "models"
    CONFIGURATION = "configuration"


def bring_agent_file(store: Path) -> Path:
    """The agent of this checkout, as the file that travels."""
    store.mkdir(parents=True, exist_ok=True)
    content, file = archive(), store / FILE_NAME
    if not file.exists() or file.read_bytes() != content:
        fresh = file.with_name(f".{FILE_NAME}.{os.getpid()}")
        fresh.write_bytes(content)
        fresh.replace(file)
    return file


def build(
    inventory: Inventory, hosts: Sequence[Host], screen: Console, *, part: Part | None = None
) -> ReleaseSet:
    """Build one release a host; what they have in common is built once.

    Raises:
        ConfigError: The inventory names no configuration.
    """
    raise EmotionEdgeError("not yet")

"""Secrets: a configuration names them, and each device keeps them in files that no release has (pure)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from edge.contract.yaml_source import VARIABLE

#: Where systemd looks for what a unit's LoadCredential names.
STORE = "/etc/credstore"
_LOADED = re.compile(r"^LoadCredential=([^:\s]+):", re.MULTILINE)
#: What systemd and the launcher set for the daemon is no secret.
_GIVEN = frozenset({"EMOTION_EDGE_RELEASE", "HOME", "USER", "LOGNAME", "SHELL", "PATH", "LANG"})


def names(configuration: Mapping[str, Any]) -> set[str]:
    """Of the secrets that a configuration uses: its ``${NAME}``."""
    found = VARIABLE.findall(json.dumps(configuration))
    return {name for name in found if name not in _GIVEN and not name.endswith("_DIRECTORY")}


def file_name(name: str) -> str:
    """Of the file in the device's credential store that has a secret."""
    return "emotion-edge." + name.lower().replace("_", "-")


def loaded(unit: str) -> set[str]:
    """The names that a unit hands to the daemon."""
    return set(_LOADED.findall(unit))


def with_credentials(unit: str, configuration: Mapping[str, Any]) -> str:
    """A unit that hands the daemon every secret that its configuration uses; as it was if it does already."""
    lacking = sorted(names(configuration) - loaded(unit))
    if not lacking:
        return unit
    lines = unit.splitlines()
    last = max(number for number, line in enumerate(lines) if line.startswith("LoadCredential="))
    added = [f"LoadCredential={name}:{file_name(name)}" for name in lacking]
    return "\n".join([*lines[: last + 1], *added, *lines[last + 1 :]]) + "\n"

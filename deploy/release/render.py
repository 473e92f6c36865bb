"""One device's configuration out of layers: what all have, what a group has, what one has.

Later layers win field by field. Lists are replaced, but entries with a name (cameras) are merged by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deploy.release import fixed_places, judged, plain_secrets
from deploy.release.placed import Placed, placed
from edge.contract import yaml_source
from edge.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Layer:
    """One YAML text.

    Attributes:
        origin: What messages call it: its file.
        text: Its content.
    """

    origin: str
    text: str

    @classmethod
    def of(cls, path: Path) -> Layer:
        """The content of a file.

        Raises:
            ConfigError: It cannot be read.
        """
        try:
            return cls(str(path), path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as err:
            raise ConfigError(f"{path}: cannot be read: {err}; give the path of a YAML file") from err


def render(layers: Sequence[Layer]) -> Placed:
    """Merge the layers of one device; see :func:`render_each`."""
    return render_each([layers])[0]


def render_each(devices: Sequence[Sequence[Layer]]) -> list[Placed]:
    """Merge the layers of each device and check the outcomes as the devices would.

    Returns:
        Each configuration, each value in it with the file and line that it comes from.

    Raises:
        ConfigError: Every fault at once, each with file, line and field of the layer to change; also a
            password that stands there in words: releases hold the names of secrets only.
    """
    read: dict[Layer, Placed] = {}
    merged = []
    for layers in devices:
        values = Placed({}, "")
        for layer in layers:
            read[layer] = read.get(layer) or _read(layer)
            values = values.merge(read[layer])
        merged.append(values)
    faults = [
        fault for look in (plain_secrets, fixed_places) for values in merged for fault in look.found(values)
    ]
    faults = faults or judged.faults(merged)
    if faults:
        raise ConfigError("\n".join(dict.fromkeys(faults)))  # what many devices share is said once
    return merged


def as_yaml(values: dict[str, Any], origins: Sequence[str]) -> bytes:
    """The file of the device; its head says where to change it."""
    head = f"# Made by emotion-deploy out of {', '.join(origins)}: change it there, and push.\n"
    return (head + yaml.safe_dump(values, sort_keys=False, allow_unicode=True)).encode()


def _read(layer: Layer) -> Placed:
    values, source = yaml_source.read(layer.text, layer.origin, fill_variables=False)
    if source.faults:
        raise ConfigError("\n".join(f"{layer.origin}:{line}: {said}" for line, said in sorted(source.faults)))
    return placed(values, {path: f"{layer.origin}:{line}" for path, line in source.lines.items()})

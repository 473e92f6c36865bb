"""The networks that a configuration names: they travel inside the release and are found there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.release.placed import Placed
from edge import shipped
from edge.contract import manifest
from edge.errors import ConfigError, ModelError

#: Section of the configuration to the bundle that is used where none is named.
SECTIONS = {"classifier": shipped.DEFAULT_CLASSIFIER, "detector": shipped.DEFAULT_DETECTOR}
#: Set by ``bin/emotion-edge``, so that a release tests its own networks while another one runs.
_INSIDE = "${EMOTION_EDGE_RELEASE}/bundles"


@dataclass
class Bundles:
    """What of a release is networks.

    Attributes:
        files: Path inside the release to file on this machine.
        models: Name to version, the shipped ones included.
        settings: Section of the configuration to where its bundle is on the device, None for shipped.
    """

    files: dict[str, Path] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str | None] = field(default_factory=dict)


def collect(configuration: Placed) -> Bundles:
    """Find and verify the bundles of a configuration.

    Paths are relative to the file that names them.

    Raises:
        ConfigError: A folder is not there or is no bundle; with file, line and field.
    """
    found = Bundles()
    for section, default in SECTIONS.items():
        named = _named(configuration, section)
        folder = default if named is None else _folder(named)
        try:
            bundle = manifest.load(folder).manifest
        except ModelError as err:
            place = named.place if named else str(default)
            raise ConfigError(f"{place}: {section}.bundle: {err}") from err
        found.models[bundle.name] = bundle.version
        # The wheel brings the shipped ones to the device, where their names mean the same.
        travels = folder.parent != shipped.BUNDLES
        found.settings[section] = f"{_INSIDE}/{bundle.name}" if travels else None
        if travels:
            found.files.update(_files(folder, f"bundles/{bundle.name}"))
    return found


def inserted(configuration: dict[str, Any], settings: dict[str, str | None]) -> dict[str, Any]:
    """The configuration with the places that its bundles have on the device."""
    sections = {
        name: {**(configuration.get(name) or {}), "bundle": place}
        for name, place in settings.items()
        if place is not None
    }
    return {**configuration, **sections}


def _folder(named: Placed) -> Path:
    ours = shipped.bundle(Path(named.value), shipped.DEFAULT_CLASSIFIER)
    if ours.parent == shipped.BUNDLES:
        return ours
    return Path(named.place.rpartition(":")[0]).parent / str(named.value)


def _named(configuration: Placed, section: str) -> Placed | None:
    part = configuration.value.get(section)
    bundle = part.value.get("bundle") if part is not None and isinstance(part.value, dict) else None
    return bundle if bundle is not None and bundle.value is not None else None


def _files(folder: Path, inside: str) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.iterdir()):
        if path.is_file():
            yield f"{inside}/{path.name}", path

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
        settings: Section of the configuration to what it names on the device: a folder there, a shipped
            bundle, or None where nothing is named.
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
        beside = default if named is None else _beside(named)
        # A folder travels, also one of this checkout: the wheel on the device may be older than it.
        ours = named is not None and not beside.is_dir()
        folder = shipped.bundle(Path(str(named.value)), beside) if named is not None and ours else beside
        try:
            bundle = manifest.load(folder).manifest
        except ModelError as err:
            place = named.place if named else str(default)
            raise ConfigError(f"{place}: {section}.bundle: {err}") from err
        found.models[bundle.name] = bundle.version
        if named is None:
            found.settings[section] = None
        elif ours:
            # By its name: the wheel brings it to the device, where the name means the same.
            found.settings[section] = bundle.name
        else:
            found.settings[section] = f"{_INSIDE}/{bundle.name}"
            found.files.update(_files(folder, f"bundles/{bundle.name}"))
    return found


def inserted(configuration: dict[str, Any], settings: dict[str, str | None]) -> dict[str, Any]:
    """The configuration with what its bundles are called on the device, and no other bundle."""
    found = dict(configuration)
    for name, place in settings.items():
        section = dict(found.get(name) or {})
        if place is not None:
            found[name] = {**section, "bundle": place}
        elif section.pop("bundle", None) is not None:
            found[name] = section
    return found


def _beside(named: Placed) -> Path:
    return Path(named.place.rpartition(":")[0]).parent / str(named.value)


def _named(configuration: Placed, section: str) -> Placed | None:
    part = configuration.value.get(section)
    bundle = part.value.get("bundle") if part is not None and isinstance(part.value, dict) else None
    return bundle if bundle is not None and bundle.value is not None else None


def _files(folder: Path, inside: str) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.iterdir()):
        if path.is_file():
            yield f"{inside}/{path.name}", path

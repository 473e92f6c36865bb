"""One device's configuration out of layers: what all have, what a group has, what one has.

Later layers win field by field. Lists are replaced, but entries with a name (cameras) are merged by it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deploy.release.credentials import STORE, file_name
from deploy.release.placed import Placed, placed
from edge.contract import yaml_source
from edge.contract.yaml_source import dotted
from edge.errors import ConfigError

_SECRET_NAME = re.compile(r"password|secret|token|credential", re.IGNORECASE)
_BY_NAME = re.compile(r"(\$\{[A-Za-z_][A-Za-z0-9_]*\})+")
_LOGIN = re.compile(r"://[^/@\s:]*:(?P<password>[^/@\s]*)@")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_FAULT = re.compile(r"(?P<file>[^:]+):\d+: (?P<field>[^:\s]+)?(?P<said>.*)")


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
    faults = [fault for values in merged for fault in _secrets(values)] or [*_faults_on_the_device(merged)]
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


def _secrets(merged: Placed) -> Iterator[str]:
    """Passwords in words; they are not repeated in the message."""
    for path, value, place in merged.scalars():
        named = bool(path) and bool(_SECRET_NAME.search(str(path[-1])))
        if not isinstance(value, str):
            continue
        login = _LOGIN.search(value)
        if (named and not _BY_NAME.fullmatch(value)) or (login and not _BY_NAME.fullmatch(login["password"])):
            name = "CAMERA_PASSWORD" if login else "_".join(str(word) for word in path).upper()
            yield (
                f"{place}: {dotted(path)}: a secret in words would travel in the release; write ${{{name}}}, "
                f"say, and put the secret on the device into {STORE}/{file_name(name)} (chmod 600)"
            )


def _faults_on_the_device(merged: Sequence[Placed]) -> Iterator[str]:
    """What the daemon's own program says of them; secrets have any value here."""
    texts = [as_yaml(values.plain(), ["layers"]).decode() for values in merged]
    stand_ins = dict.fromkeys(_VARIABLE.findall("".join(texts)), "1")
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{index}.yaml" for index in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "edge", "config", "validate", *map(str, paths)],
            env={**os.environ, **stand_ins},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode == 0:
        return
    understood = False
    for line in done.stderr.splitlines():
        fault = _FAULT.fullmatch(line)
        if fault is None:
            continue
        understood = True
        values, field = merged[int(Path(fault["file"]).stem)], fault["field"] or ""
        places = {dotted(path): place for path, place in values.places()}
        yield f"{_nearest(field, places)}: {field}{fault['said']}"
    if not understood:
        said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise ConfigError(f"the configurations could not be judged: {said[-1]}")


def _nearest(field: str, places: dict[str, str]) -> str:
    """Where a field stands, or what it is missing from; the first layer where that is the file itself."""
    while field and field not in places:
        field = field[: max(field.rfind("."), field.rfind("["), 0)]
    return places.get(field) or places[""]

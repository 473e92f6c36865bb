"""What the daemon's own program says of configurations, before they are sent to devices."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from deploy.release.placed import Placed
from edge.contract.yaml_source import VARIABLE, dotted
from edge.errors import ConfigError

#: What secrets and other variables have for a value here, in turn: what each is like is known on the device.
_STAND_INS = ("1", "stand-in-of-thirty-two-characters", "http://stand-in/", "127.0.0.1:8080")
_FAULT = re.compile(r"(?P<file>[^:]+):\d+: (?P<field>[^:\s]+)?(?P<said>.*)")


class _Fault(NamedTuple):
    """Of which configuration, where in it, and what."""

    device: int
    field: str
    said: str


def faults(merged: Sequence[Placed]) -> list[str]:
    """Every fault with file and line of the layer to change.

    A value out of variables is at fault where no stand-in would do.

    Raises:
        ConfigError: The program does not run here.
    """
    variable = [_out_of_variables(values) for values in merged]

    def doubtful(fault: _Fault) -> bool:
        inner = (f"{fault.field}.", f"{fault.field}[")
        return any(name == fault.field or name.startswith(inner) for name in variable[fault.device])

    kept = _said(merged, _STAND_INS[0])
    for stand_in in _STAND_INS[1:]:
        if not any(doubtful(fault) for fault in kept):
            break
        again = _said(merged, stand_in)
        still = {(fault.device, fault.field) for fault in again}
        first = {(fault.device, fault.field) for fault in kept}
        kept = [one for one in kept if not doubtful(one) or (one.device, one.field) in still]
        # What the first stand-in had kept the program from looking at.
        kept += [one for one in again if not doubtful(one) and (one.device, one.field) not in first]
    places = [{dotted(path): place for path, place in values.places()} for values in merged]
    return [f"{_nearest(one.field, places[one.device])}: {one.field}{one.said}" for one in kept]


def _out_of_variables(values: Placed) -> list[str]:
    return [
        dotted(path)
        for path, value, _ in values.scalars()
        if isinstance(value, str) and VARIABLE.search(value)
    ]


def _said(merged: Sequence[Placed], stand_in: str) -> list[_Fault]:
    texts = [yaml.safe_dump(values.plain(), sort_keys=False, allow_unicode=True) for values in merged]
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{index}.yaml" for index in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "edge", "config", "validate", *map(str, paths)],
            env={**os.environ, **dict.fromkeys(VARIABLE.findall("".join(texts)), stand_in)},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode == 0:
        return []
    understood = [match for match in map(_FAULT.fullmatch, done.stderr.splitlines()) if match]
    if not understood:
        said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise ConfigError(f"the configurations could not be judged: {said[-1]}")
    return [_Fault(int(Path(one["file"]).stem), one["field"] or "", one["said"]) for one in understood]


def _nearest(field: str, places: dict[str, str]) -> str:
    """Where a field stands, or what it is missing from; the first layer where that is the file itself."""
    while field and field not in places:
        field = field[: max(field.rfind("."), field.rfind("["), 0)]
    return places.get(field) or places[""]

"""Whether a path lies on a disk that this machine mounts and has not mounted yet."""

from __future__ import annotations

import os
from pathlib import Path

_FSTAB, _MOUNTS = Path("/etc/fstab"), Path("/proc/self/mounts")
_NO_PLACES = {"none", "swap", "/"}


def is_awaited(path: Path, fstab: Path = _FSTAB, mounts: Path = _MOUNTS) -> bool:
    """Whether ``fstab`` has a disk at or above the path that is not mounted.

    What is mounted by other means (a desktop's automounter) is not known beforehand: no.
    """
    missing = _places(fstab) - _places(mounts)
    here = Path(os.path.realpath(path))
    return any(place in missing for place in map(str, (here, *here.parents)))


def _places(table: Path) -> set[str]:
    try:
        lines = table.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return set()
    fields = [line.split() for line in lines if not line.lstrip().startswith("#")]
    found = {_spelt_out(words[1]) for words in fields if len(words) > 1}
    return {place.rstrip("/") or "/" for place in found} - _NO_PLACES


def _spelt_out(place: str) -> str:
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        place = place.replace(code, character)
    return place

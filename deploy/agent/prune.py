"""Old releases go by count and by free disk, damaged ones first; what runs, and what it returns to, stays."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Container, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from deploy.agent import disk, durable, manifest
from deploy.agent.layout import Layout
from deploy.agent.manifest import Manifest
from deploy.agent.refusal import RefusedError

#: An upload that nobody went on with for so long is forgotten.
_STALE_PART_S = 7 * 86_400.0


def releases(layout: Layout) -> list[str]:
    """What is on the device, oldest first."""
    found = [path for path in layout.releases.glob("*") if not path.name.startswith(".")]
    return [path.name for path in sorted(found, key=lambda path: path.stat().st_mtime)]


def prune(layout: Layout, *, keep: int, min_free_bytes: int, also: Manifest | None = None) -> dict[str, Any]:
    """Remove releases, then what no release that is left refers to.

    Args:
        layout: The device.
        keep: How many releases stay, what runs and ``previous`` among them.
        min_free_bytes: More go until so much is free.
        also: A release that is being brought here: its blobs stay.
    """
    readable = _readable(layout)
    removed: list[str] = []
    listed = releases(layout)
    for release in _free(layout, listed, readable):
        too_many = len(listed) - len(removed) > keep
        if release not in readable or too_many or disk.free_bytes(layout.software) < min_free_bytes:
            _remove(layout, release)
            removed.append(release)
            _forget_unused(layout, also)
    _forget_unused(layout, also)
    return {"removed": removed, "free_bytes": disk.free_bytes(layout.software)}


def freeable_bytes(layout: Layout, *, keep: int, also: Manifest) -> int:
    """What :func:`prune` would free at least; see there."""
    readable = _readable(layout)
    listed = releases(layout)
    free = _free(layout, listed, readable)
    damaged = sum(name not in readable for name in free)
    doomed = set(free[: max(damaged, len(listed) - keep)])
    used = {blob.sha256 for name, found in readable.items() if name not in doomed for blob in found.files}
    used |= {blob.sha256 for blob in also.files}
    gone = [file for wheel in _unused_wheels(layout, used) for file in wheel.rglob("*")]
    gone += [blob for blob in layout.blobs.glob("*") if blob.name not in used]
    return sum(file.stat().st_size for file in gone if file.is_file())


def _free(layout: Layout, listed: Iterable[str], readable: Container[str]) -> list[str]:
    """What may go, in its order."""
    held = {layout.id_of(layout.current), layout.id_of(layout.previous)}
    return sorted((name for name in listed if name not in held), key=lambda name: name in readable)


def _remove(layout: Layout, release: str) -> None:
    """Its name goes first: half a release must not look like one."""
    folder = layout.release(release)
    doomed = durable.beside(folder)
    if doomed.exists():
        shutil.rmtree(str(doomed))
    os.rename(str(folder), str(doomed))
    durable.sync_folder(layout.releases)
    shutil.rmtree(str(doomed))


def _readable(layout: Layout) -> dict[str, Manifest]:
    """Manifests by release; of a damaged one nobody knows what it refers to."""
    found = {}
    for release in releases(layout):
        with suppress(RefusedError):
            found[release] = manifest.load(layout.release(release) / manifest.FILE_NAME)
    return found


def _unused_wheels(layout: Layout, used: Container[str]) -> list[Path]:
    """Half-unpacked ones are called as the whole, with dots around."""
    return [path for path in layout.wheels.glob("*/*") if path.name.lstrip(".").split(".")[0] not in used]


def _forget_unused(layout: Layout, also: Manifest | None) -> None:
    used: set[str] = {blob.sha256 for blob in also.files} if also else set()
    for found in _readable(layout).values():
        used |= {blob.sha256 for blob in found.files}
    for wheel in _unused_wheels(layout, used):
        shutil.rmtree(str(wheel))
    for blob in layout.blobs.glob("*"):
        if blob.name not in used:
            blob.unlink()
    for part in layout.incoming.glob("*.part"):
        if time.time() - part.stat().st_mtime > _STALE_PART_S:
            part.unlink()

"""From files to one release: hashed, described, named by its content."""

from __future__ import annotations

import re
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.agent.manifest import SCHEMA, Blob, canonical, content_id
from deploy.release.store import Release, ReleaseStore

_WHEEL = re.compile(r"(?P<name>[^-]+)-(?P<version>[^-]+)-.*\.whl")


@dataclass(frozen=True, slots=True)
class Target:
    """What a release is for.

    Attributes:
        host: Its name in the inventory.
        arch: As ``uname -m`` says it.
        python: As ``3.11``.
    """

    host: str
    arch: str
    python: str


@dataclass(frozen=True, slots=True)
class Parts:
    """What goes into a release.

    Attributes:
        version: Of the software.
        files: Path inside the release to content, or to the file that has it, or to what the device has.
        configuration: Plain values of ``config/edge.yaml``, for plans; without secrets.
        models: Name to version.
        gate: What the device holds it to; see :class:`deploy.agent.gate.Terms`.
    """

    version: str
    files: Mapping[str, bytes | Path | Blob]
    configuration: Mapping[str, Any]
    models: Mapping[str, str] = field(default_factory=dict)
    gate: Mapping[str, Any] = field(default_factory=dict)


def assemble(target: Target, parts: Parts, store: ReleaseStore, now_s: float | None = None) -> Release:
    """Put a release's files into the store; its manifest follows when it is signed.

    Args:
        target: What it is for.
        parts: What it consists of.
        store: Where it goes.
        now_s: When it is built, seconds since 1970; None for now.
    """
    serial = int(time.time() if now_s is None else now_s)
    document = {
        "schema": SCHEMA,
        "version": parts.version,
        "serial": serial,
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(serial)),
        "host": target.host,
        "arch": target.arch,
        "python": target.python,
        "files": [stored(path, parts.files[path], store)._asdict() for path in sorted(parts.files)],
        "gate": dict(parts.gate),
        "configuration": dict(parts.configuration),
        "models": dict(parts.models),
        "packages": _packages(parts.files),
    }
    return store.place(canonical({**document, "id": content_id(document)}))


def stored(path: str, content: bytes | Path | Blob, store: ReleaseStore) -> Blob:
    """Put one file of a release into the store, unless it is there already."""
    if isinstance(content, Blob):
        return content
    sha256 = store.add_file(content) if isinstance(content, Path) else store.add(content)
    unpacked_bytes = 0
    if path.startswith("wheels/"):
        with zipfile.ZipFile(store.blob(sha256)) as wheel:
            unpacked_bytes = sum(file.file_size for file in wheel.infolist())
    return Blob(path, sha256, store.blob(sha256).stat().st_size, unpacked_bytes)


def _packages(paths: Mapping[str, object]) -> dict[str, str]:
    """Name to version, of the wheels."""
    found = [_WHEEL.fullmatch(path.removeprefix("wheels/")) for path in paths if path.startswith("wheels/")]
    return {match["name"].replace("_", "-").lower(): match["version"] for match in found if match}

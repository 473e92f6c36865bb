"""What a push would change, from the manifests alone (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from deploy.agent.manifest import Manifest

_SECRET = re.compile(r"password|secret|token|credential", re.IGNORECASE)
_UNIT = "unit/"


def difference(old: Manifest | None, new: Manifest) -> dict[str, Any]:
    """From the release that runs to the one that would.

    Returns:
        ``release``, ``version`` and ``unchanged``; ``files`` (added, changed, removed); ``packages``,
        ``models`` and ``configuration``: name to [old, new], None for absent; ``unit``: changed unit files.
    """
    files = _changes(_hashes(old), _hashes(new))
    return {
        "release": [old.id if old else None, new.id],
        "version": [old.version if old else None, new.version],
        "unchanged": old is not None and old.id == new.id,
        "files": {
            "added": [name for name, (before, _) in files.items() if before is None],
            "changed": [name for name, (before, after) in files.items() if before and after],
            "removed": [name for name, (_, after) in files.items() if after is None],
        },
        "packages": _changes(old.packages if old else {}, new.packages),
        "models": _changes(old.models if old else {}, new.models),
        "configuration": _changes(_flat(old), _flat(new)),
        "unit": [name for name in files if name.startswith(_UNIT)],
    }


def _hashes(release: Manifest | None) -> dict[str, str]:
    return {blob.path: blob.sha256 for blob in release.files} if release else {}


def _changes(old: dict[str, Any], new: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = sorted({**old, **new})
    return {name: (old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)}


def _flat(release: Manifest | None) -> dict[str, Any]:
    return dict(_leaves(release.configuration, "")) if release else {}


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Each single value with its path, ``cameras[desk].fps``; what may be a secret is not shown."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and any(isinstance(entry, dict) for entry in value):
        for index, entry in enumerate(value):
            name = entry.get("name", index) if isinstance(entry, dict) else index
            yield from _leaves(entry, f"{path}[{name}]")
    else:
        secret = isinstance(value, str) and "${" not in value and _SECRET.search(path)
        yield path, "***" if secret else value

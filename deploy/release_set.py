"""Built releases by host, in a file that ``push --release`` and ``ansible-playbook -i`` both take."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edge import durable_file
from edge.errors import ConfigError


@dataclass(frozen=True)
class ReleaseSet:
    """Where the releases are.

    Attributes:
        store: Folder of all releases and blobs.
        agent: The agent that goes to the devices.
        manifests: Of the signed release for each host, by its name.
    """

    store: Path
    agent: Path
    manifests: Mapping[str, Path]


def require_writable(path: Path) -> None:
    """Be sure, before anything is built, that the file can be written and is nobody else's.

    Raises:
        ConfigError: It is a folder, lies in none, or is something else than releases: an inventory, say.
    """
    if path.is_dir() or not path.parent.is_dir():
        why = "is a folder" if path.is_dir() else "its folder is not there"
        raise ConfigError(f"{path}: {why}; name a file")
    if path.exists() and path.stat().st_size:
        try:
            read(path)
        except ConfigError as err:
            raise ConfigError(
                f"{path}: is there, and is no file of releases: it would be lost; name another one"
            ) from err


def write(path: Path, built: ReleaseSet) -> None:
    """Write it as an Ansible inventory of variables."""
    variables = {"emotion_edge_store": str(built.store), "emotion_edge_agent": str(built.agent)}
    hosts = {name: {"emotion_edge_manifest": str(manifest)} for name, manifest in built.manifests.items()}
    durable_file.replace(path.resolve(), json.dumps({"all": {"vars": variables, "hosts": hosts}}, indent=1))


def read(path: Path) -> ReleaseSet:
    """Read what :func:`write` wrote.

    Raises:
        ConfigError: It is none.
    """
    try:
        given = json.loads(path.read_text(encoding="utf-8"))["all"]
        manifests = {name: Path(host["emotion_edge_manifest"]) for name, host in given["hosts"].items()}
        variables = given["vars"]
        return ReleaseSet(
            Path(variables["emotion_edge_store"]), Path(variables["emotion_edge_agent"]), manifests
        )
    except (OSError, ValueError, KeyError, TypeError) as err:
        raise ConfigError(
            f"{path}: no file of releases ({err!r}); make one: python -m deploy release"
        ) from err

"""Where releases lie on the desktop: blobs by their sha256, shared by all hosts, and one folder a release."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from deploy.agent import manifest
from deploy.agent.manifest import Manifest

DEFAULT = Path("~/.local/share/emotion-edge/releases")


@dataclass(frozen=True, slots=True)
class Release:
    """One release in a store.

    Attributes:
        manifest: What it consists of.
        manifest_path: Its file, which is what is signed; there once it is.
        signature_path: Beside it.
    """

    manifest: Manifest
    manifest_path: Path
    signature_path: Path

    def publish(self, signature: bytes) -> None:
        """Write both files, at once as far as two files can be: another rollout may be sending them."""
        self.manifest_path.parent.mkdir(parents=True, exist_ok=True)
        _replace(self.manifest_path, self.manifest.content)
        _replace(self.signature_path, signature)


class ReleaseStore:
    """A folder ``blobs/<sha256>`` and ``<id>/manifest.json``."""

    def __init__(self, folder: Path = DEFAULT) -> None:
        self.folder = folder.expanduser()
        self._blobs = self.folder / "blobs"

    def blob(self, sha256: str) -> Path:
        """The file of a blob."""
        return self._blobs / sha256

    def add(self, content: bytes) -> str:
        """Keep bytes; returns their sha256."""
        sha256 = hashlib.sha256(content).hexdigest()
        if not self.blob(sha256).exists():
            self._blobs.mkdir(parents=True, exist_ok=True)
            _replace(self.blob(sha256), content)
        return sha256

    def add_file(self, path: Path) -> str:
        """Keep a file's content; returns its sha256."""
        return self.add(path.read_bytes())

    def place(self, content: bytes) -> Release:
        """Where a manifest lies as soon as it is signed; until then what lies there stays.

        The same content built again is the same release with a newer serial, and another signature.

        Raises:
            RefusedError: It is no manifest.
        """
        made = manifest.parse(content, "the new manifest")
        folder = self.folder / made.id
        return Release(made, folder / manifest.FILE_NAME, folder / manifest.SIGNATURE_NAME)


def _replace(path: Path, content: bytes) -> None:
    """Write a file in one step: two rollouts may share a store."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as fresh:
        fresh.write(content)
    os.replace(fresh.name, path)  # noqa: PTH105 - atomic by its documentation

"""A release's folder, made beside the others; it has its name once it is whole and on the disk."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from deploy.agent import durable, manifest
from deploy.agent.blobs import BlobStore
from deploy.agent.layout import Layout
from deploy.agent.manifest import Manifest
from deploy.agent.refusal import RefusedError
from deploy.agent.wheels import WheelStore


class Unpacker:
    """Makes release folders out of blobs."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self.blobs = BlobStore(layout)
        self.wheels = WheelStore(layout, self.blobs)

    def verify(self, release: Manifest) -> None:
        """Read every blob that will be unpacked.

        Raises:
            RefusedError: ``bad-blob``.
        """
        if self._layout.release(release.id).is_dir():
            return
        for blob in release.files:
            if not (blob.is_wheel and self.wheels.has(blob, release.python)):
                self.blobs.verify(blob)

    def unpack(self, release: Manifest, signature: bytes, interpreter: str) -> Path:
        """The release's folder.

        Raises:
            RefusedError: ``bad-wheel``, ``no-venv``.
        """
        folder = self._layout.release(release.id)
        if folder.is_dir():  # built again later, perhaps: then its serial is newer
            durable.write(folder / manifest.FILE_NAME, release.content)
            durable.write(folder / manifest.SIGNATURE_NAME, signature)
            return folder
        durable.clear(self._layout.releases)
        self.wheels.unpack(release.wheels, release.python, interpreter)
        fresh = durable.beside(folder)
        fresh.mkdir()
        for blob in release.files:
            if not blob.is_wheel:
                self._place(blob.sha256, fresh / blob.path)
        if release.wheels:
            self._environment(fresh / "venv", release, interpreter)
        (fresh / manifest.FILE_NAME).write_bytes(release.content)
        (fresh / manifest.SIGNATURE_NAME).write_bytes(signature)
        durable.appear([folder])
        return folder

    def _place(self, sha256: str, path: Path) -> None:
        """Copied, not linked: whoever edits a file in place must not alter the blob of other releases."""
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(str(self.blobs.path(sha256)), str(path))
        path.chmod(0o755 if path.parent.name == "bin" else 0o644)

    def _environment(self, venv: Path, release: Manifest, interpreter: str) -> None:
        made = subprocess.run(
            [interpreter, "-m", "venv", "--without-pip", "--symlinks", str(venv)],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            raise RefusedError(
                "no-venv", (made.stderr or made.stdout).strip()[-400:], interpreter, "install python3-venv"
            )
        self.wheels.link_into(venv, release.wheels, release.python)
        for name in ("bin/activate", "bin/activate.csh", "bin/activate.fish", "bin/Activate.ps1"):
            if (venv / name).exists():  # they name the folder as it is called until it is whole
                os.unlink(str(venv / name))

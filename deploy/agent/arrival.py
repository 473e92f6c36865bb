"""What of a release is not on the device yet, and the room that it takes."""

from __future__ import annotations

from typing import Any

from deploy.agent import disk, prune
from deploy.agent.layout import Layout
from deploy.agent.manifest import Manifest
from deploy.agent.unpack import Unpacker

_KEEP_IN_NEED = 2


class Arrival:
    """Of releases at one device."""

    def __init__(self, layout: Layout, unpacker: Unpacker) -> None:
        self._layout, self._unpacker = layout, unpacker

    def missing(self, release: Manifest) -> list[dict[str, Any]]:
        """The blobs that must be uploaded, and how much of each is here."""
        if self._layout.release(release.id).is_dir():
            return []
        found = {}
        for blob in release.files:
            have = self._unpacker.blobs.have_bytes(blob)
            unpacked = blob.is_wheel and self._unpacker.wheels.has(blob, release.python)
            if not unpacked and (have < blob.bytes or not self._unpacker.blobs.path(blob.sha256).exists()):
                found[blob.sha256] = {"sha256": blob.sha256, "bytes": blob.bytes, "have_bytes": have}
        return list(found.values())

    def make_room(self, release: Manifest) -> None:
        """Let old releases go where the disk has no room for it."""
        needed = self.needed_bytes(release)
        if disk.free_bytes(self._layout.software) < needed + disk.RESERVE_BYTES:
            prune.prune(self._layout, keep=_KEEP_IN_NEED, min_free_bytes=0, also=release)

    def require_room(self, release: Manifest) -> None:
        """Refuse a release for which :meth:`make_room` could not make enough.

        Raises:
            RefusedError: ``disk-full``.
        """
        freeable = prune.freeable_bytes(self._layout, keep=_KEEP_IN_NEED, also=release)
        disk.require(self._layout.software, max(0, self.needed_bytes(release) - freeable))

    def needed_bytes(self, release: Manifest) -> int:
        """What is still to arrive, and what unpacking adds to it."""
        if self._layout.release(release.id).is_dir():
            return 0
        to_come = sum(int(blob["bytes"] - blob["have_bytes"]) for blob in self.missing(release))
        new = [blob for blob in release.files if not self._unpacker.wheels.has(blob, release.python)]
        return to_come + sum(blob.unpacked_bytes if blob.is_wheel else blob.bytes for blob in new)

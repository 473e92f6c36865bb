"""Pieces of several blobs in one file: dozens of small files would cost a connection each."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import BinaryIO

from deploy.agent.blobs import BlobStore
from deploy.agent.refusal import RefusedError


def unload(blobs: BlobStore, parcel: BinaryIO, pieces: list[str], scratch: Path) -> int:
    """Take the pieces out of a parcel, in their order.

    Args:
        blobs: Where they go.
        parcel: What arrives.
        pieces: Each ``sha256:total_bytes:offset:length_bytes``.
        scratch: A folder for one piece.

    Returns:
        Bytes taken.

    Raises:
        RefusedError: As :meth:`BlobStore.receive` does, or ``bad-parcel``.
    """
    taken = 0
    for piece in pieces:
        sha256, total, offset, length = piece.split(":")
        content = parcel.read(int(length))
        if len(content) != int(length):
            raise RefusedError("bad-parcel", "it is shorter than its pieces", "stdin", "push again")
        with tempfile.NamedTemporaryFile(dir=str(scratch)) as part:
            part.write(content)
            part.flush()
            blobs.receive(sha256, int(total), int(offset), Path(part.name))
        taken += len(content)
    return taken

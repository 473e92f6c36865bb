"""Pieces of several blobs in one file: dozens of small files would cost a connection each."""

from __future__ import annotations

from pathlib import Path

from deploy.agent.blobs import BlobStore
from deploy.agent.refusal import RefusedError


def unload(blobs: BlobStore, parcel: Path, pieces: list[str]) -> int:
    """Take the pieces out of a parcel, in their order.

    Args:
        blobs: Where they go.
        parcel: What was uploaded.
        pieces: Each ``sha256:total_bytes:offset:length_bytes``.

    Returns:
        Bytes taken.

    Raises:
        RefusedError: As :meth:`BlobStore.receive` does, or ``bad-parcel``.
    """
    taken = 0
    part = parcel.with_name(parcel.name + ".piece")
    with parcel.open("rb") as source:
        for piece in pieces:
            sha256, total, offset, length = piece.split(":")
            content = source.read(int(length))
            if len(content) != int(length):
                raise RefusedError("bad-parcel", "it is shorter than its pieces", str(parcel), "push again")
            part.write_bytes(content)
            blobs.receive(sha256, int(total), int(offset), part)
            taken += len(content)
    part.unlink()
    return taken

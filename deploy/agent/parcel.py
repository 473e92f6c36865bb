"""Pieces of several blobs in one stream: dozens of small files would cost a connection each."""

from __future__ import annotations

from typing import BinaryIO

from deploy.agent.blobs import BlobStore


def unload(blobs: BlobStore, parcel: BinaryIO, pieces: list[str]) -> int:
    """Take the pieces out of a parcel, in their order.

    Args:
        blobs: Where they go.
        parcel: What arrives.
        pieces: Each ``sha256:total_bytes:offset:length_bytes``.

    Returns:
        Bytes taken.

    Raises:
        RefusedError: As :meth:`BlobStore.append` does.
    """
    taken = 0
    for piece in pieces:
        sha256, total, offset, length = piece.split(":")
        blobs.append(sha256, int(total), int(offset), parcel, int(length))
        taken += int(length)
    return taken

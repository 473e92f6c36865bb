"""Brings a device the blobs that it lacks, in parts, so that an interruption costs one part at most."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.device import Agent
from deploy.journal import Tell

PART_BYTES = 8_000_000


@dataclass(frozen=True)
class Piece:
    """A stretch of one blob of ``total_bytes``."""

    sha256: str
    total_bytes: int
    offset: int
    length_bytes: int

    def __str__(self) -> str:
        return f"{self.sha256}:{self.total_bytes}:{self.offset}:{self.length_bytes}"


def parcels(missing: Iterable[dict[str, Any]], part_bytes: int = PART_BYTES) -> Iterator[list[Piece]]:
    """Divide what is missing into loads of at most ``part_bytes``; small blobs travel together (pure).

    Args:
        missing: As the agent's plan lists it: sha256, bytes, have_bytes (of an interrupted transfer).
        part_bytes: Of a load.
    """
    load: list[Piece] = []
    room = part_bytes
    for blob in missing:
        offset = blob["have_bytes"]
        # A piece also of what is there whole but was cut off before it had its name: it completes the blob.
        while True:
            length = min(room, blob["bytes"] - offset)
            load.append(Piece(blob["sha256"], blob["bytes"], offset, length))
            offset, room = offset + length, room - length
            if room == 0:
                yield load
                load, room = [], part_bytes
            if offset >= blob["bytes"]:
                break
    if load:
        yield load


def transfer(agent: Agent, missing: list[dict[str, Any]], blobs: Path, tell: Tell) -> dict[str, Any]:
    """Send what is missing.

    Returns:
        sent_bytes.

    Raises:
        DeviceError: The device refuses a part (disk full, read-only, another sha256).
        ConnectionLostError: The device is gone; what it has is kept, and the next plan says so.
    """
    total = sum(blob["bytes"] - blob["have_bytes"] for blob in missing)
    sent = 0
    tell("transfer", done=0, total=total)
    for load in parcels(missing):
        content = b"".join(_cut(blobs, piece) for piece in load)
        words = [word for piece in load for word in ("--piece", str(piece))]
        agent.call("receive", "--file", "-", *words, stdin=content)
        sent += len(content)
        tell("transfer", done=sent, total=total)
    return {"sent_bytes": sent, "changed": sent > 0}


def _cut(blobs: Path, piece: Piece) -> bytes:
    with (blobs / piece.sha256).open("rb") as blob:
        blob.seek(piece.offset)
        return blob.read(piece.length_bytes)

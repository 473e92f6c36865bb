"""Brings a device the blobs that it lacks, in parts; an interruption costs one part at most."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.device import Agent, ConnectionLostError, DeviceError
from deploy.journal import Tell
from deploy.steps import preflight
from deploy.steps.order import Order
from edge.errors import EmotionEdgeError

PART_BYTES = 8_000_000
RECONNECT_EVERY_S = 3.0
#: The device has more of a blob than the load begins with, or less than it ends with: ssh was cut off and has
#: sent it again (``retries`` of Ansible), or an earlier load arrived until now.
_CUT_OFF = frozenset({"wrong-offset", "cut-off"})


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


def transfer(
    agent: Agent,
    order: Order,
    missing: list[dict[str, Any]],
    tell: Tell,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, Any]:
    """Send what is missing; after a break it goes on where the device stopped.

    Returns:
        sent_bytes.

    Raises:
        DeviceError: The device refuses a part (disk full, read-only, another sha256).
        ConnectionLostError: The device was away, or nothing more arrived, for longer than allowed; what it
            has is kept, and the next plan says so.
    """
    total = left = _bytes(missing)
    moved_at = clock()
    loads = parcels(missing)
    tell("transfer", done=0, total=total)
    while (load := next(loads, None)) is not None:
        try:
            _send(agent, load, order.blob_folder)
            now_left = left - sum(piece.length_bytes for piece in load)
        except (ConnectionLostError, DeviceError) as err:
            missing = _missing_after(err, agent, order, tell, clock, sleep)
            now_left, loads = _bytes(missing), parcels(missing)
            stuck_s = clock() - moved_at if now_left >= left else 0.0
            if stuck_s > order.lost_after_s or (now_left >= left and isinstance(err, DeviceError)):
                raise
        moved_at = clock() if now_left < left else moved_at
        left = now_left
        tell("transfer", done=total - left, total=total, reason="")
    return {"sent_bytes": total - left, "changed": total > left}


def _bytes(missing: Iterable[dict[str, Any]]) -> int:
    return sum(blob["bytes"] - blob["have_bytes"] for blob in missing)


def _send(agent: Agent, load: list[Piece], blobs: Path) -> None:
    content = b"".join(_cut(blobs, piece) for piece in load)
    words = [word for piece in load for word in ("--piece", str(piece))]
    agent.call("receive", "--file", "-", *words, stdin=content)


def _missing_after(
    err: EmotionEdgeError,
    agent: Agent,
    order: Order,
    tell: Tell,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> list[dict[str, Any]]:
    """What the device still lacks after a load that was cut off.

    Raises:
        DeviceError: It has refused the load for another reason.
        ConnectionLostError: It stays away.
    """
    if isinstance(err, DeviceError):
        if err.code not in _CUT_OFF:
            raise err
        return preflight.missing(agent, order)
    lost_at = clock()
    while True:
        tell("transfer", reason="connection lost; connecting again")
        sleep(RECONNECT_EVERY_S)
        try:
            return preflight.missing(agent, order)
        except ConnectionLostError:
            if clock() - lost_at > order.lost_after_s:
                raise


def _cut(blobs: Path, piece: Piece) -> bytes:
    with (blobs / piece.sha256).open("rb") as blob:
        blob.seek(piece.offset)
        return blob.read(piece.length_bytes)

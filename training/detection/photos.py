"""Photos with the faces in them, decoded once and kept in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from edge.datatypes import BgrImage
from edge.errors import ContractError
from edge.native_path import native_path

#: (N, 4) x1, y1, x2, y2 in pixels, x2 and y2 exclusive.
Boxes = npt.NDArray[np.float32]
NO_BOXES: Boxes = np.empty((0, 4), dtype=np.float32)


@dataclass(frozen=True)
class Entry:
    """One photo of a data set, not read yet.

    Attributes:
        path: Of the picture.
        source: Which collection it comes from.
        faces: Boxes of its faces.
        ignored: Boxes of what is neither face nor background: crowds, and faces too small or
            too unclear to count.
    """

    path: Path
    source: str
    faces: Boxes
    ignored: Boxes


@dataclass(frozen=True)
class Photo:
    """One decoded photo.

    Attributes:
        name: File name, for messages and reports.
        source: Which collection it comes from.
        image: (H, W, 3) uint8, BGR.
        faces: See :class:`Entry`; in pixels of ``image``.
        ignored: See :class:`Entry`; in pixels of ``image``.
    """

    name: str
    source: str
    image: BgrImage
    faces: Boxes
    ignored: Boxes


def decode(
    entries: Sequence[Entry], longest_px: int, done: Callable[[int], None] = lambda _: None
) -> list[Photo]:
    """Read the pictures, shrunk to ``longest_px`` on the longer side where they are larger.

    Args:
        entries: What to read.
        longest_px: No view is larger, and memory is bounded.
        done: Called with the number of photos read so far.
    Raises:
        ContractError: A picture is missing or damaged.
    """
    photos = []
    for entry in entries:
        photos.append(_decoded(entry, longest_px))
        done(len(photos))
    return photos


def _decoded(entry: Entry, longest_px: int) -> Photo:
    image = cv2.imread(native_path(entry.path, ContractError), cv2.IMREAD_COLOR)
    if image is None:
        raise ContractError(f"{entry.path}: missing, or no picture that OpenCV reads; bring the file again")
    scale = min(1.0, longest_px / max(image.shape[:2]))
    if scale < 1:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    factor = np.float32(scale)
    return Photo(
        entry.path.name,
        entry.source,
        np.asarray(image, dtype=np.uint8),
        entry.faces * factor,
        entry.ignored * factor,
    )


def hold_out(entries: Sequence[Entry], share: float, seed: int) -> tuple[list[Entry], list[Entry]]:
    """Divide a data set into (kept, held out) by the names of its files.

    The same seed gives the same division whatever the order of the entries.
    """
    rank = {entry.path: hashlib.blake2b(f"{seed}:{entry.path.name}".encode()).digest() for entry in entries}
    chosen = set(sorted(rank, key=lambda path: rank[path])[: round(share * len(rank))])
    return (
        [entry for entry in entries if entry.path not in chosen],
        [entry for entry in entries if entry.path in chosen],
    )


def digest(entries: Sequence[Entry]) -> str:
    """Changes where photos, their order or their boxes do (names and sizes stand for the pixels)."""
    made = hashlib.blake2b(digest_size=12)
    for entry in entries:
        made.update(f"{entry.path.name}:{entry.path.stat().st_size}".encode())
        made.update(entry.faces.tobytes() + b"|" + entry.ignored.tobytes())
    return made.hexdigest()

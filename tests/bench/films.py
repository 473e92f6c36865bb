"""Films of so many faces at such a size, from the two public-domain portraits of the demo."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np

from edge.datatypes import BgrImage
from edge.demo.scenes import SCENES, portrait

FPS = 15.0
#: Head and shoulders in each portrait: x1, y1, x2, y2 in pixels.
_HEADS = {"entrance": (120, 10, 330, 253), "counter": (120, 10, 430, 369)}
#: How far heads wander, in parts of their cell.
_SWAY = 0.06


def crowd(folder: Path, width: int, height: int, faces: int, frames: int = 60) -> Path:
    """Write a film of ``faces`` heads in a grid, each swaying; the codec is MPEG-4.

    Raises:
        SourceError: A package that ships a portrait is not installed.
    """
    path = folder / f"crowd-{width}x{height}-{faces}-{frames}.mp4"
    if path.exists():
        return path
    half_done = path.with_suffix(".part.mp4")
    writer = cv2.VideoWriter(str(half_done), cv2.VideoWriter.fourcc(*"mp4v"), FPS, (width, height))
    grain = np.random.default_rng(1).normal(0, 3, (height, width, 1)).astype(np.int16)
    for number in range(frames):
        shot = _shot(width, height, faces, 2 * math.pi * number / frames)
        writer.write(cv2.add(shot, np.repeat(np.roll(grain, 7 * number, axis=1), 3, axis=2), dtype=cv2.CV_8U))
    writer.release()
    return half_done.rename(path)


def _shot(width: int, height: int, faces: int, phase: float) -> BgrImage:
    shot = np.full((height, width, 3), (96, 104, 112), np.uint8)
    if not faces:
        return shot
    columns = math.ceil(math.sqrt(faces * width / height))
    rows = math.ceil(faces / columns)
    cell_w, cell_h = width / columns, height / rows
    for index in range(faces):
        head = _head(index, 0.88 * min(cell_w / 190, cell_h / 220, height / 3 / 220))
        h, w = head.shape[:2]
        x = (index % columns + 0.5 + _SWAY * math.sin(phase + index)) * cell_w - w / 2
        y = (index // columns + 0.5 + _SWAY * math.sin(2 * phase + index)) * cell_h - h / 2
        left, top = (int(np.clip(at, 0, room - side)) for at, room, side in ((x, width, w), (y, height, h)))
        shot[top : top + h, left : left + w] = head
    return shot


def _head(index: int, scale: float) -> BgrImage:
    """The head of one of the two portraits, every second pair mirrored; 190x220 px at scale 1."""
    scene = SCENES[index % len(SCENES)]
    x1, y1, x2, y2 = _HEADS[scene.camera]
    head = cv2.resize(
        portrait(scene)[y1:y2, x1:x2],
        (max(1, round(190 * scale)), max(1, round(220 * scale))),
        interpolation=cv2.INTER_AREA,
    )
    return np.asarray(cv2.flip(head, 1) if index // 2 % 2 else head, dtype=np.uint8)

"""Frames with faces far from the camera: labelled photos, shrunk until a face is as small as asked.

A data set's photos are shrunk by those who publish it, so what is small there is a face in a small
picture. A far face is one in a large picture: here a photo enlarged to fill the frame, with four
others in its quarters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from edge.datatypes import BgrImage
from edge.errors import ContractError
from training.detection.photos import Boxes, Photo

#: Tries to find a photo that fits a quarter at the size that was drawn.
_TRIES = 200


class Far(NamedTuple):
    """What frames to make.

    Attributes:
        width: Of the frame, pixels.
        height: Of the frame, pixels.
        sides_px: Shorter sides of the faces that count: from the first to below the second.
    """

    width: int
    height: int
    sides_px: tuple[float, float]

    @property
    def name(self) -> str:
        """In words."""
        low, high = self.sides_px
        return f"{self.width}x{self.height}, {low:g}-{high:g} px"


#: Two usual sizes of frames; faces up to twice the smallest that detectors find, and up to four times.
KINDS = tuple(
    Far(width, height, sides)
    for width, height in ((1280, 720), (1920, 1080))
    for sides in ((12.0, 24.0), (24.0, 48.0))
)


def frames(photos: Sequence[Photo], far: Far, count: int, seed: int) -> list[Photo]:
    """Frames with small faces; a function of its arguments.

    Faces of other sizes, and those of the photo behind, are neither asked for nor held against anybody.

    Args:
        photos: With boxes made by people; some with faces of the size asked for or larger.
        far: Size of frames and faces.
        count: How many frames.
        seed: Of the draw.
    Raises:
        ContractError: No photo has a face that is large enough and fits.
    """
    rng = np.random.default_rng(seed)
    faces = [(photo, box) for photo in photos for box in photo.faces]
    return [_frame(number, photos, faces, far, rng) for number in range(count)]


def _frame(
    number: int,
    photos: Sequence[Photo],
    faces: Sequence[tuple[Photo, npt.NDArray[np.float32]]],
    far: Far,
    rng: np.random.Generator,
) -> Photo:
    image, behind = _filled(photos[int(rng.integers(len(photos)))], far)
    counted, ignored = [], []
    half_w, half_h = far.width // 2, far.height // 2
    for left, top in ((0, 0), (half_w, 0), (0, half_h), (half_w, half_h)):
        photo, scale = _chosen(faces, far, rng)
        height, width = (max(1, round(side * scale)) for side in photo.image.shape[:2])
        x, y = (
            left + int(rng.integers(half_w - width + 1)),
            top + int(rng.integers(half_h - height + 1)),
        )
        image[y : y + height, x : x + width] = cv2.resize(
            photo.image, (width, height), interpolation=cv2.INTER_AREA
        )
        behind = behind[~_inside(behind, x, y, width, height)]
        corner = np.array([x, y, x, y], dtype=np.float32)
        shrunk, crowd = photo.faces * np.float32(scale) + corner, photo.ignored * np.float32(scale) + corner
        sides = (shrunk[:, 2:] - shrunk[:, :2]).min(axis=1)
        asked = (sides >= far.sides_px[0]) & (sides < far.sides_px[1])
        counted.append(shrunk[asked])
        ignored += [shrunk[~asked], crowd]
    return Photo(f"{number}", far.name, image, np.concatenate(counted), np.concatenate([behind, *ignored]))


def _chosen(
    faces: Sequence[tuple[Photo, npt.NDArray[np.float32]]], far: Far, rng: np.random.Generator
) -> tuple[Photo, float]:
    """A photo and the scale at which one of its faces has the size that was drawn."""
    for _ in range(_TRIES if faces else 0):
        photo, box = faces[int(rng.integers(len(faces)))]
        scale = float(np.exp(rng.uniform(*np.log(far.sides_px))) / min(box[2] - box[0], box[3] - box[1]))
        height, width = photo.image.shape[:2]
        if scale <= 1 and round(width * scale) <= far.width // 2 and round(height * scale) <= far.height // 2:
            return photo, scale
    raise ContractError(f"no photo fits into a quarter of a {far.name} frame: bring photos of larger faces")


def _filled(photo: Photo, far: Far) -> tuple[BgrImage, Boxes]:
    """The photo enlarged and cut to fill the frame, and its faces there."""
    height, width = photo.image.shape[:2]
    scale = max(far.width / width, far.height / height)
    size = max(far.width, round(width * scale)), max(far.height, round(height * scale))
    large = cv2.resize(photo.image, size, interpolation=cv2.INTER_CUBIC)
    x, y = (size[0] - far.width) // 2, (size[1] - far.height) // 2
    every = np.concatenate([photo.faces, photo.ignored]) * np.float32(scale)
    every -= np.array([x, y, x, y], dtype=np.float32)
    cut = large[y : y + far.height, x : x + far.width]
    return np.ascontiguousarray(cut, dtype=np.uint8), every


def _inside(boxes: Boxes, x: int, y: int, width: int, height: int) -> npt.NDArray[np.bool_]:
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    low, high = np.array([x, y]), np.array([x + width, y + height])
    return np.asarray(((centres >= low) & (centres < high)).all(axis=1))

"""Frames with a face near the camera: a labelled photo, cut and scaled until a face is as large as asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from edge.errors import ContractError
from training.detection.photos import Photo

#: Smaller faces would be enlarged until nothing but blur is left.
_LEAST_SIDE_PX = 60.0
#: How far the face's centre may lie from the frame's, as shares of its width and height.
_OFF_CENTRE = (0.1, 0.05)


class Near(NamedTuple):
    """What frames to make.

    Attributes:
        width: Of the frame, pixels.
        height: Of the frame, pixels.
        share: Longer side of the face, as a share of the frame's height.
    """

    width: int
    height: int
    share: float


def frames(photos: Sequence[Photo], near: Near, count: int, seed: int) -> list[Photo]:
    """Frames in which one face counts; the others are neither asked for nor held against anybody.

    Args:
        photos: With boxes made by people; the frame's border repeats where a photo ends.
        near: Sizes of frame and face.
        count: How many frames.
        seed: Of the draw; the frames are a function of it and the other arguments.
    Raises:
        ContractError: No face is large enough.
    """
    rng = np.random.default_rng(seed)
    faces = [
        (photo, row)
        for photo in photos
        for row, box in enumerate(photo.faces)
        if min(box[2:] - box[:2]) >= _LEAST_SIDE_PX
    ]
    if not faces:
        raise ContractError(f"no face has {_LEAST_SIDE_PX:g} px: bring photos of larger faces")
    return [
        _frame(number, *faces[int(rng.integers(len(faces)))], near, rng.uniform(-1, 1, 2))
        for number in range(count)
    ]


def _frame(number: int, photo: Photo, row: int, near: Near, off: npt.NDArray[np.float64]) -> Photo:
    box = photo.faces[row]
    scale = near.height * near.share / float((box[2:] - box[:2]).max())
    size = np.array([near.width, near.height])
    corner = size * (0.5 + off * _OFF_CENTRE) - scale * (box[:2] + box[2:]) / 2
    to_frame = np.array([[scale, 0, corner[0]], [0, scale, corner[1]]])
    image = cv2.warpAffine(photo.image, to_frame, (near.width, near.height), borderMode=cv2.BORDER_REPLICATE)
    every = np.concatenate([photo.faces, photo.ignored]) * scale + np.tile(corner, 2)
    others = np.delete(every, row, axis=0).astype(np.float32)
    name = f"{near.share:g} of the height"
    return Photo(
        f"{number}", name, np.asarray(image, np.uint8), every[row : row + 1].astype(np.float32), others
    )

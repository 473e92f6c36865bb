"""A face picture of any size from a file, as the crop that a classifier takes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from edge.contract.facesets import SIDE_PX
from edge.contract.preprocess import CropSpec, face_tensor
from edge.datatypes import BgrImage, Box
from edge.errors import ContractError
from edge.native_path import native_path

Crop = npt.NDArray[np.uint8]

_SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff", ".pgm"}
#: Below this an expression cannot be read, and enlarging the picture adds nothing.
_LEAST_PX = 24
#: Beyond this ratio of its sides a picture is a strip or a page, and no face crop.
_LONGEST = 2


def face_crop(file: Path) -> Crop | str:
    """(48, 48) uint8, grey; or in words why the file gives no face.

    A 48x48 picture is taken as it is. Any other is cut as a device would cut it with the whole
    picture as the face's box: grown to a square about its centre, its edge repeated, and scaled.

    Raises:
        ContractError: The file's name is not UTF-8.
    """
    grey = cv2.imread(native_path(file, ContractError), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        return "not a readable image"
    height, width = grey.shape
    if (height, width) == (SIDE_PX, SIDE_PX):
        return np.asarray(grey, dtype=np.uint8)
    if min(height, width) < _LEAST_PX or max(height, width) > _LONGEST * min(height, width):
        return f"{width}x{height} px is no face crop: at least {_LEAST_PX} px a side, at most 2:1"
    whole = np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), dtype=np.uint8)
    return crop_of(whole, Box(0, 0, width, height), margin=0.0)


def crop_of(image: BgrImage, box: Box, margin: float) -> Crop:
    """One face of a picture as a stored crop: the device's crop, rounded to whole grey levels."""
    crop = face_tensor(image, box, CropSpec(SIDE_PX, SIDE_PX, margin=margin))
    return np.rint(crop[0, :, :, 0]).astype(np.uint8)


def picture_files(folder: Path) -> list[Path]:
    """The picture files that lie right in a folder, by name."""
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in _SUFFIXES and p.is_file())


def subfolders(folder: Path) -> list[Path]:
    """The folders that lie right in a folder, by name; hidden ones left out."""
    return sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))

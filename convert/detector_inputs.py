"""What a detector's conversion looks at: generated golden inputs; photos for calibration and the gate."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from edge.datatypes import BgrImage
from edge.detectors.letterbox import letterbox
from edge.errors import ContractError

Images = npt.NDArray[np.uint8]
_SUFFIXES = frozenset({".jpg", ".jpeg", ".png"})


def golden_inputs(height: int, width: int, seed: int) -> Images:
    """(2, height, width, 3) uint8: smooth colours with discs, bright on dark and dark on bright.

    They compress to a few kilobytes, and discs with two dark spots move the logits as faces do.
    """
    rng = np.random.default_rng(seed)
    return np.stack([_scene(height, width, rng) for _ in range(2)])


def _scene(height: int, width: int, rng: np.random.Generator) -> BgrImage:
    coarse = rng.integers(0, 255, (4, 4, 3), dtype=np.uint8)
    image = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    for _ in range(6):
        radius = int(rng.integers(8, min(height, width) // 4))
        x, y = int(rng.integers(width)), int(rng.integers(height))
        skin = tuple(int(v) for v in rng.integers(60, 230, 3))
        cv2.ellipse(image, (x, y), (radius * 4 // 5, radius), 0, 0, 360, skin, -1)
        for side in (-1, 1):
            cv2.circle(
                image, (x + side * radius // 3, y - radius // 4), max(1, radius // 8), (20, 20, 20), -1
            )
        cv2.line(
            image, (x - radius // 3, y + radius // 2), (x + radius // 3, y + radius // 2), (30, 30, 90), 2
        )
    return np.asarray(image, dtype=np.uint8)


def photos(folder: Path, height: int, width: int, count: int, seed: int) -> Images:
    """(N, height, width, 3) letterboxed photos of a folder or its ``images/``, drawn at random.

    Raises:
        ContractError: There are none.
    """
    inner = folder / "images" if (folder / "images").is_dir() else folder
    paths = sorted(path for path in inner.rglob("*") if path.suffix.lower() in _SUFFIXES)
    order = np.random.default_rng(seed).permutation(len(paths))
    read = (cv2.imread(str(paths[index])) for index in order[:count])
    found = [
        letterbox(np.asarray(image, dtype=np.uint8), height, width).image
        for image in read
        if image is not None
    ]
    if not found:
        raise ContractError(f"{folder}: no .jpg or .png pictures; give a folder with photos as --photos")
    return np.stack(found)

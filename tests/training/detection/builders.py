"""Small photos with faces, made from a seed."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

from training.detection.fitting.recipe import DetectorRecipe
from training.detection.photos import NO_BOXES, Boxes, Photo


def recipe(**fields: object) -> DetectorRecipe:
    return DetectorRecipe.model_validate({"schema": "detector/1", **fields})


def boxes(*corners: tuple[float, float, float, float]) -> Boxes:
    return np.array(corners, dtype=np.float32).reshape(-1, 4)


def photo(
    seed: int = 0, width: int = 200, height: int = 150, faces: Boxes | None = None, ignored: Boxes = NO_BOXES
) -> Photo:
    """Noise with a bright disc for each face."""
    found = boxes((60, 40, 100, 90)) if faces is None else faces
    image = np.random.default_rng(seed).integers(0, 90, (height, width, 3), dtype=np.uint8)
    for x1, y1, x2, y2 in found.astype(int):
        cv2.ellipse(
            image,
            ((x1 + x2) // 2, (y1 + y2) // 2),
            ((x2 - x1) // 2, (y2 - y1) // 2),
            0,
            0,
            360,
            (200, 210, 240),
            -1,
        )
    return Photo(f"{seed}.jpg", "made", image, found, ignored)


def write_coco(folder: Path, photos: list[Photo]) -> Path:
    """A data set on disk, as ``readers.read`` takes it."""
    (folder / "images").mkdir(parents=True)
    images, annotations = [], []
    for number, one in enumerate(photos):
        cv2.imwrite(str(folder / "images" / one.name), one.image)
        images.append({"id": number, "file_name": one.name, "source": one.source})
        for crowd, some in enumerate((one.faces, one.ignored)):
            for x1, y1, x2, y2 in some.tolist():
                box = [x1, y1, x2 - x1, y2 - y1]
                annotations.append({"image_id": number, "bbox": box, "iscrowd": crowd})
    (folder / "annotations.json").write_text(json.dumps({"images": images, "annotations": annotations}))
    return folder

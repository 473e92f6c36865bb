"""Face boxes from disk: COCO's annotations.json, or WIDER FACE's text file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from edge.errors import ContractError
from training.detection.photos import Boxes, Entry

_COCO, _WIDER = "annotations.json", "wider_face_{part}_bbx_gt.txt"
_WIDER_PARTS = ("train", "val")
#: Columns of a WIDER line: x, y, w, h, blur, expression, illumination, invalid, occlusion, pose.
_WIDER_COLUMNS, _INVALID_COLUMN = 10, 7


def read(folder: Path) -> list[Entry]:
    """The photos of a data set.

    The folder holds ``annotations.json`` with ``images/`` (COCO; ``iscrowd`` 1 is ignored
    in training and scoring), or ``wider_face_train_bbx_gt.txt`` with ``images/`` or
    ``WIDER_train/images/`` (WIDER FACE; faces marked invalid are ignored).

    Raises:
        ContractError: It holds neither, or the annotations are malformed; says where.
    """
    if (folder / _COCO).is_file():
        return _coco(folder / _COCO)
    for part in _WIDER_PARTS:
        for path in (
            folder / _WIDER.format(part=part),
            folder / "wider_face_split" / _WIDER.format(part=part),
        ):
            if path.is_file():
                return list(_wider(path, _picture_folder(folder, part)))
    raise ContractError(
        f"{folder}: no face boxes here: expected {_COCO} (COCO) or {_WIDER.format(part='train')} (WIDER FACE)"
    )


def _coco(path: Path) -> list[Entry]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        images, annotations = document["images"], document["annotations"]
        boxes: dict[Any, tuple[list[Any], list[Any]]] = {image["id"]: ([], []) for image in images}
        for annotation in annotations:
            boxes[annotation["image_id"]][bool(annotation.get("iscrowd", 0))].append(annotation["bbox"])
        entries = [
            Entry(
                path.parent / "images" / image["file_name"],
                str(image.get("source", path.parent.name)),
                *(_corners(sizes) for sizes in boxes[image["id"]]),
            )
            for image in images
        ]
    except (OSError, ValueError, TypeError, KeyError) as err:
        raise ContractError(
            f"{path}: no COCO annotations: {type(err).__name__} {err}; it needs images (id, file_name) and "
            "annotations (image_id, bbox [x, y, width, height], iscrowd)"
        ) from err
    if not entries:
        raise ContractError(f"{path}: lists no images")
    return entries


def _corners(sizes: list[Any]) -> Boxes:
    """[[x, y, width, height], ...] -> (N, 4) corners.

    Raises:
        ValueError: A box has not four finite numbers.
    """
    boxes = np.array(sizes, dtype=np.float32).reshape(len(sizes), 4)
    if not np.isfinite(boxes).all():
        raise ValueError("a box is not finite")
    boxes[:, 2:] += boxes[:, :2]
    return boxes


def _picture_folder(folder: Path, part: str) -> Path:
    nested = folder / f"WIDER_{part}" / "images"
    return nested if nested.is_dir() else folder / "images"


def _wider(path: Path, pictures: Path) -> Iterator[Entry]:
    """Blocks of a file name, a number of faces, and that many lines (one of zeros for no face)."""
    lines = path.read_text(encoding="utf-8").splitlines()
    at = 0
    while at < len(lines) and lines[at].strip():
        name = lines[at].strip()
        try:
            count = int(lines[at + 1])
            rows = [_wider_row(lines[row]) for row in range(at + 2, at + 2 + max(1, count))]
        except (IndexError, ValueError) as err:
            raise ContractError(
                f"{path}: line {at + 1} ({name}): {err}; expected a number of faces and a line for each, "
                "as WIDER FACE has them"
            ) from err
        at += 2 + len(rows)
        seen = [row for row in rows if row[2] > 0 and row[3] > 0]
        yield Entry(
            pictures / name,
            "wider",
            _corners([row[:4] for row in seen if not row[_INVALID_COLUMN]]),
            _corners([row[:4] for row in seen if row[_INVALID_COLUMN]]),
        )


def _wider_row(line: str) -> list[int]:
    row = [int(number) for number in line.split()]
    if len(row) != _WIDER_COLUMNS:
        raise ValueError(f"{len(row)} numbers where a face has {_WIDER_COLUMNS}: {line!r}")
    return row

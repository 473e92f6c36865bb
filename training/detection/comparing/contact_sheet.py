"""Photos with every detector's boxes side by side: one row a photo, one column a detector."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from edge.datatypes import BgrImage, Detection
from edge.detectors.letterbox import letterbox
from edge.protocols import FaceDetector

#: Name of a column, what it shows, and the score from which a detection is drawn.
Shown = tuple[str, FaceDetector, float]

_CELL_H_PX, _CELL_W_PX, _HEAD_PX = 150, 240, 18
_ROWS_A_PAGE = 12
_TEXT_SCALE = 0.42
_GREEN, _WHITE = (80, 220, 60), (255, 255, 255)


def write(folder: Path, photos: Sequence[Path], detectors: Sequence[Shown]) -> list[Path]:
    """Write pages ``contact-01.jpg`` and on; unreadable photos are left out."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    rows = list(_rows(photos, detectors))
    for page, start in enumerate(range(0, len(rows), _ROWS_A_PAGE), start=1):
        path = folder / f"contact-{page:02d}.jpg"
        sheet = np.vstack([_head([name for name, _, _ in detectors]), *rows[start : start + _ROWS_A_PAGE]])
        cv2.imwrite(str(path), sheet, [cv2.IMWRITE_JPEG_QUALITY, 85])
        written.append(path)
    return written


def _rows(photos: Sequence[Path], detectors: Sequence[Shown]) -> Iterator[BgrImage]:
    for path in photos:
        read = cv2.imread(str(path))
        if read is not None:
            image = np.asarray(read, dtype=np.uint8)
            cells = [
                _cell(image, [one for one in detector.detect(image) if one.score >= score])
                for _, detector, score in detectors
            ]
            yield np.hstack(cells)


def _cell(image: BgrImage, found: Sequence[Detection]) -> BgrImage:
    small = letterbox(image, _CELL_H_PX, _CELL_W_PX)
    for one in found:
        x1, x2 = (round(x * small.scale_x) for x in (one.box.x1, one.box.x2))
        y1, y2 = (round(y * small.scale_y) for y in (one.box.y1, one.box.y2))
        cv2.rectangle(small.image, (x1, y1), (x2, y2), _GREEN, 1)
    return small.image


def _head(names: Sequence[str]) -> BgrImage:
    return np.hstack([_title(name) for name in names])


def _title(name: str) -> BgrImage:
    """One column's name, drawn smaller where it is long."""
    title = np.zeros((_HEAD_PX, _CELL_W_PX, 3), dtype=np.uint8)
    (width, _), _ = cv2.getTextSize(name, cv2.FONT_HERSHEY_SIMPLEX, _TEXT_SCALE, 1)
    scale = _TEXT_SCALE * min(1.0, (_CELL_W_PX - 8) / max(1, width))
    cv2.putText(title, name, (4, _HEAD_PX - 5), cv2.FONT_HERSHEY_SIMPLEX, scale, _WHITE, 1, cv2.LINE_AA)
    return title

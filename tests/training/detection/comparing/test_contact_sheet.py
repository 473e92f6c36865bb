from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from edge.datatypes import BgrImage
from tests.builders import detection, image
from tests.fakes import ScriptedDetector
from training.detection import picture_folder
from training.detection.comparing import contact_sheet

_COLUMN_W_PX, _HEAD_H_PX = 240, 18


def sheet(folder: Path, names: list[str], photos: int = 1, score: float = 0.5) -> list[BgrImage]:
    """The pages for grey photos, in each of which every detector finds one face."""
    folder.mkdir(exist_ok=True)
    for number in range(photos):
        cv2.imwrite(str(folder / f"{number:02d}.png"), image(240, 150, 90))
    shown = [(name, ScriptedDetector([[detection(60, 40, side=50)]] * photos), score) for name in names]
    pages = contact_sheet.write(folder / "contact", picture_folder.paths(folder), shown)
    return [np.asarray(cv2.imread(str(page)), dtype=np.uint8) for page in pages]


def green(page: BgrImage) -> int:
    return int(np.count_nonzero((page[..., 1] > 150) & (page[..., 2] < 150)))


def test_each_detector_has_a_column_with_its_boxes_and_pages_are_turned(tmp_path: Path) -> None:
    first, second = sheet(tmp_path, ["one", "two"], photos=14)
    assert first.shape == (_HEAD_H_PX + 12 * 150, 2 * _COLUMN_W_PX, 3)
    assert second.shape == (_HEAD_H_PX + 2 * 150, 2 * _COLUMN_W_PX, 3)
    left, right = np.hsplit(second, 2)
    assert green(left) > 200
    assert green(right) > 200


def test_detections_below_the_devices_score_are_not_drawn(tmp_path: Path) -> None:
    (page,) = sheet(tmp_path, ["one"], score=0.99)
    assert green(page) == 0


def test_a_long_name_stays_in_its_column(tmp_path: Path) -> None:
    (long,) = sheet(tmp_path / "long", ["a detector whose name is longer than a column is wide", "two"])
    (short,) = sheet(tmp_path / "short", ["one", "two"])
    heads = (page[:_HEAD_H_PX, _COLUMN_W_PX + 8 :].astype(int) for page in (long, short))
    assert abs(next(heads) - next(heads)).max() < 40  # but for JPEG
    assert long[:_HEAD_H_PX, _COLUMN_W_PX - 30 : _COLUMN_W_PX - 6].max() > 100  # and is whole

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.errors import ContractError
from training.detection import picture_folder


def test_photos_come_by_name_and_unreadable_ones_are_left_out(tmp_path: Path) -> None:
    for name, grey in (("b.png", 20), ("a.jpg", 10), ("d.PNG", 40)):
        cv2.imwrite(str(tmp_path / name), np.full((8, 8, 3), grey, np.uint8))
    (tmp_path / "c.png").write_bytes(b"no picture")
    (tmp_path / "notes.txt").write_text("no picture either")
    assert [path.name for path in picture_folder.paths(tmp_path)] == ["a.jpg", "b.png", "c.png", "d.PNG"]
    assert [int(image[0, 0, 0]) for image in picture_folder.images(tmp_path)] == [10, 20, 40]
    assert len(picture_folder.images(tmp_path, limit=1)) == 1


@pytest.mark.parametrize("name", ["", "nowhere"])
def test_a_folder_without_photos_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ContractError, match="no folder with pictures"):
        picture_folder.paths(tmp_path / name)

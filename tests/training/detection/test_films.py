from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.errors import ContractError
from training.detection import films


def test_every_nth_frame_of_each_film_is_given(tmp_path: Path) -> None:
    for name, frames in (("a.avi", 7), ("b.avi", 3)):
        writer = cv2.VideoWriter(str(tmp_path / name), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
        for number in range(frames):
            writer.write(np.full((48, 64, 3), 30 * number, np.uint8))
        writer.release()
    (tmp_path / "notes.txt").write_text("no film")
    grey = [round(float(image.mean()), -1) for image in films.frames(tmp_path, every=3)]
    assert grey == [0, 90, 180, 0]


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="nope: no folder with films: No such file"):
        films.paths(tmp_path / "nope")


def test_a_folder_without_films_and_a_damaged_film_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="no films here"):
        next(films.frames(tmp_path, 1))
    (tmp_path / "a.mp4").write_bytes(b"nothing")
    with pytest.raises(ContractError, match=r"a\.mp4: OpenCV cannot open it"):
        next(films.frames(tmp_path, 1))

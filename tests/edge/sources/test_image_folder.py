from __future__ import annotations

import errno
import logging
from pathlib import Path

import numpy as np
import pytest

from edge.errors import SourceError
from edge.sources.image_folder import ImageFolder, natural_key
from edge.sources.landing import Heap
from tests.edge.sources.films import make_picture, plain


def test_pictures_come_in_natural_order_one_second_apart(tmp_path: Path) -> None:
    for number in (10, 9, 1):
        make_picture(tmp_path / f"shot{number}.png", plain(number))
    folder = ImageFolder(tmp_path, Heap())

    found = [folder.next() for _ in range(3)]

    assert [(p.image[0, 0, 0], p.media_s) for p in found if p] == [(1, 0.0), (9, 1.0), (10, 2.0)]
    assert folder.next() is None


def test_natural_order_ignores_case_and_is_total() -> None:
    names = ["b2", "B10", "a", "b", "b02"]

    assert sorted(names, key=natural_key) == ["a", "b", "b02", "b2", "B10"]


def test_grey_16_bit_and_transparent_pictures_become_bgr(tmp_path: Path) -> None:
    make_picture(tmp_path / "a.png", np.full((8, 9), 100, np.uint8))
    make_picture(tmp_path / "b.png", np.full((8, 9, 3), 100 * 256 + 100, np.uint16))
    make_picture(tmp_path / "c.png", np.full((8, 9, 4), 100, np.uint8))
    folder = ImageFolder(tmp_path, Heap())

    for _ in range(3):
        picture = folder.next()
        assert picture is not None
        assert picture.image.shape == (8, 9, 3)
        assert picture.image.dtype == np.uint8
        assert abs(int(picture.image[0, 0, 0]) - 100) <= 1


def test_damaged_pictures_are_skipped_and_counted_the_first_is_named_and_the_number_told_at_the_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make_picture(tmp_path / "a.png", plain(1))
    (tmp_path / "b.jpg").write_bytes(b"not a picture")
    (tmp_path / "c.jpg").touch()
    make_picture(tmp_path / "d.png", plain(4))
    folder = ImageFolder(tmp_path, Heap())

    with caplog.at_level(logging.WARNING):
        found = [folder.next() for _ in range(3)]

    assert [p.media_s for p in found if p] == [0.0, 3.0]
    assert folder.damaged == 2
    first, summary = (record.getMessage() for record in caplog.records)
    assert "b.jpg: cannot be decoded" in first
    assert summary.endswith("count=2")


def test_other_files_are_not_pictures(tmp_path: Path) -> None:
    make_picture(tmp_path / "a.png", plain(1))
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "folder.png").mkdir()
    folder = ImageFolder(tmp_path, Heap())

    assert folder.next() is not None
    assert folder.next() is None
    assert folder.damaged == 0


def test_a_folder_without_pictures_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no picture"):
        ImageFolder(tmp_path, Heap())


def test_a_folder_of_nothing_but_damaged_pictures_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "b.jpg").write_bytes(b"not a picture")
    folder = ImageFolder(tmp_path, Heap())

    with pytest.raises(SourceError, match="none of its 1 pictures"):
        folder.next()


def test_a_single_picture_is_a_recording_of_one(tmp_path: Path) -> None:
    path = make_picture(tmp_path / "a.png", plain(7))
    folder = ImageFolder(path, Heap())

    picture = folder.next()

    assert picture is not None
    assert picture.image.max() == 7
    assert folder.next() is None


def test_a_single_damaged_picture_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"not a picture")

    with pytest.raises(SourceError, match=r"a\.png: is not a picture"):
        ImageFolder(path, Heap()).next()


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="absent: no such file"):
        ImageFolder(tmp_path / "absent", Heap())


def test_a_picture_that_may_not_be_read_is_not_called_damaged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object) -> None:  # root may read every file
        raise PermissionError(errno.EACCES, "Permission denied")

    make_picture(tmp_path / "a.png", plain(1))
    make_picture(tmp_path / "b.png", plain(2))
    folder = ImageFolder(tmp_path, Heap())
    monkeypatch.setattr(np, "fromfile", forbidden)
    with pytest.raises(SourceError, match="none of its 2 pictures can be read by this user"):
        folder.next()
    assert "a.png: cannot be read by this user (chmod a+r) and is skipped" in caplog.text

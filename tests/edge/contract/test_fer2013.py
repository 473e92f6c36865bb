from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import numpy as np
import pytest

from edge.contract import datasets
from edge.contract.facesets import FaceSet
from edge.contract.labels import FER2013_LABELS
from edge.errors import ContractError
from tests.training.builders import csv_text, face_set, images, joined, write_csv

FACES = joined(face_set(7), face_set(3, "PublicTest", seed=1), face_set(2, "PrivateTest", seed=2))
PIXELS = " ".join(["7"] * 2304)


def assert_same(read: FaceSet, written: FaceSet) -> None:
    np.testing.assert_array_equal(read.images, written.images)
    np.testing.assert_array_equal(read.labels, written.labels)
    np.testing.assert_array_equal(read.splits, written.splits)
    assert read.classes == FER2013_LABELS
    assert read.skipped == ()


def write_npz(path: Path, **replaced: object) -> Path:
    columns = {
        "pixels": FACES.images,
        "label": FACES.labels.astype(np.uint8),
        "usage": np.array([0] * 7 + [1] * 3 + [2] * 2, dtype=np.uint8),
    }
    np.savez(path, **{**columns, **replaced})  # type: ignore[arg-type]
    return path


def test_a_plain_csv_is_read(tmp_path: Path) -> None:
    assert_same(datasets.read(write_csv(tmp_path / "fer2013.csv", FACES)), FACES)


def test_a_gzipped_csv_is_read(tmp_path: Path) -> None:
    path = tmp_path / "fer2013.csv.gz"
    path.write_bytes(gzip.compress(csv_text(FACES).encode()))
    assert_same(datasets.read(path), FACES)


def test_a_zipped_csv_is_read_wherever_it_lies_in_the_archive(tmp_path: Path) -> None:
    path = tmp_path / "archive.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
        archive.writestr("fer2013/fer2013.csv", csv_text(FACES))
    assert_same(datasets.read(path), FACES)


def test_an_npz_is_read(tmp_path: Path) -> None:
    assert_same(datasets.read(write_npz(tmp_path / "fer2013.npz")), FACES)


def test_a_folder_that_holds_the_csv_is_read(tmp_path: Path) -> None:
    write_csv(tmp_path / "fer2013.csv", FACES)
    assert_same(datasets.read(tmp_path), FACES)


def test_bad_rows_are_skipped_and_told_with_their_line(tmp_path: Path) -> None:
    rows = [
        f"3,{PIXELS},Training",
        f"9,{PIXELS},Training",
        "3,1 2 3,Training",
        f"happy,{PIXELS},Training",
        f"3,{PIXELS.replace('7', '256', 1)},Training",
        f"3,{PIXELS.replace('7', '99999999999999999999', 1)},Training",
        f"3,{PIXELS},Validation",
        "3",
        "",
        f"4,{PIXELS},PublicTest",
    ]
    path = tmp_path / "fer2013.csv"
    path.write_text("\n".join(["emotion,pixels,Usage", *rows]), encoding="utf-8")
    faces = datasets.read(path)
    assert faces.labels.tolist() == [3, 4]
    assert [said.split(": ")[1] for said in faces.skipped] == [f"line {n}" for n in (3, 4, 5, 6, 7, 8, 9)]
    assert "emotion 9 is not in 0..6" in faces.skipped[0]
    assert "expected 2304 pixels, found 3" in faces.skipped[1]
    assert "pixels must be 0..255, found 7..256" in faces.skipped[3]
    assert "'Validation' is none of Training" in faces.skipped[5]
    assert all(str(path) in said for said in faces.skipped)


def test_a_csv_without_usage_is_all_training(tmp_path: Path) -> None:
    path = tmp_path / "fer2013.csv"
    path.write_text(f"emotion,pixels\n3,{PIXELS}\n", encoding="utf-8")
    assert datasets.read(path).splits.tolist() == ["Training"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "expected columns emotion"),
        ("a.csv", b"x,y\n1,2\n", "found x, y"),
        ("a.csv", b"emotion,pixels,Usage\n", "no usable image"),
        ("a.csv", b"emotion,pixels,Usage\n1,2,Training\n", "the first fault: .*line 2"),
        ("a.csv", b"\xff\xfe\x00", "cannot be read as FER2013"),
        ("a.csv", b"emotion,pixels,Usage\n" + b'"' + b"7" * 200_000, "cannot be read as FER2013"),
        ("a.csv.gz", b"no gzip", "cannot be read as FER2013"),
        ("a.csv.gz", gzip.compress(b"emotion,pixels\n" * 99, mtime=0)[:-20], "cannot be read as FER2013"),
        ("a.zip", b"no zip", "cannot be read as FER2013"),
        ("a.npz", b"no npz", "a.npz"),
    ],
)
def test_a_file_without_a_usable_image_is_refused(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ContractError, match=said):
        datasets.read(path)


@pytest.mark.parametrize(
    "replaced",
    [
        {"label": np.full(12, 7, np.uint8)},
        {"label": np.full(12, -1, np.int64)},
        {"label": np.full(12, 0.5)},
        {"label": np.zeros(11, np.uint8)},
        {"usage": np.full(12, 3, np.uint8)},
        {"pixels": np.zeros((12, 48, 48), np.float32)},
        {"pixels": np.zeros((12, 40, 40), np.uint8)},
        {"pixels": images(0), "label": np.zeros(0, np.uint8), "usage": np.zeros(0, np.uint8)},
    ],
)
def test_an_npz_with_wrong_columns_is_refused(tmp_path: Path, replaced: dict[str, object]) -> None:
    with pytest.raises(ContractError, match=r"fer2013\.npz"):
        datasets.read(write_npz(tmp_path / "fer2013.npz", **replaced))


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_nothing_there_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ContractError):
        datasets.read(tmp_path / name)


def test_a_split_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(ValueError, match=r"'test' here; splits present: PrivateTest, PublicTest, Training"):
        FACES.split("test")

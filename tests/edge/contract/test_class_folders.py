from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.contract import datasets
from edge.contract.labels import CKPLUS_LABELS, FER2013_LABELS, FERPLUS_LABELS
from edge.errors import ContractError
from tests.training.builders import images


def picture(path: Path, content: np.ndarray[tuple[int, ...], np.dtype[np.uint8]] | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), images(1)[0] if content is None else content)


def test_kaggles_folders_are_read_with_test_as_one_split(tmp_path: Path) -> None:
    pictures = images(3)
    for content, place in zip(pictures, ("train/happy", "train/anger", "test/neutral"), strict=True):
        picture(tmp_path / place / "im0.png", content)
    faces = datasets.read(tmp_path)
    # test/ before train/, class folders by name
    assert faces.splits.tolist() == ["test", "Training", "Training"]
    assert [FER2013_LABELS[label] for label in faces.labels] == ["neutral", "angry", "happy"]
    np.testing.assert_array_equal(faces.images, pictures[[2, 1, 0]])
    assert (faces.name, faces.classes, faces.groups) == ("fer2013", FER2013_LABELS, None)


def test_unreadable_pictures_are_skipped_and_told(tmp_path: Path) -> None:
    happy = tmp_path / "train" / "happy"
    picture(happy / "a.png")
    (happy / "b.png").write_bytes(b"no picture")
    picture(happy / "c.png", np.zeros((20, 30), np.uint8))
    picture(happy / "d.png", np.zeros((48, 200), np.uint8))
    (tmp_path / "train" / "bored").mkdir()
    faces = datasets.read(tmp_path)
    assert len(faces) == 1
    assert [said.removeprefix(f"{tmp_path}: ") for said in faces.skipped] == [
        f"train/bored: not one of the classes {', '.join(FER2013_LABELS)}",
        "train/happy/b.png: not a readable image",
        "train/happy/c.png: 30x20 px is no face crop: at least 24 px a side, at most 2:1",
        "train/happy/d.png: 200x48 px is no face crop: at least 24 px a side, at most 2:1",
    ]


def test_a_picture_of_any_size_and_colour_becomes_48_px_grey(tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(0, 255, 96, dtype=np.uint8), (96, 1))
    picture(tmp_path / "happy" / "a.png", np.dstack([ramp] * 3))
    picture(tmp_path / "sad" / "tall.png", ramp[:, :64])
    faces = datasets.read(tmp_path)
    np.testing.assert_allclose(faces.images[0, 24], ramp.reshape(96, 48, 2).mean(axis=2)[48], atol=2)
    # 64x96: a square of 96 px, its left and right edges repeated.
    assert faces.images.shape == (2, 48, 48)
    assert np.ptp(faces.images[1, 24, :8]) <= 3
    assert np.ptp(faces.images[1, 24, 8:40]) > 150


def test_names_decide_the_label_set_and_keep_its_order(tmp_path: Path) -> None:
    for place, names in (("ck", ("anger", "contempt", "happy")), ("plus", ("Neutral", "contempt", "sad"))):
        for name in names:
            picture(tmp_path / place / name / "a.png")
    assert datasets.read(tmp_path / "ck").classes == CKPLUS_LABELS
    plus = datasets.read(tmp_path / "plus")
    assert plus.classes == FERPLUS_LABELS
    assert [plus.classes[label] for label in plus.labels] == ["neutral", "contempt", "sadness"]


def test_folders_that_name_no_emotions_are_classes_of_their_own(tmp_path: Path) -> None:
    for name in ("2", "1", "awake"):
        picture(tmp_path / "drowsy" / name / "a.jpg")
    faces = datasets.read(tmp_path / "drowsy")
    assert (faces.name, faces.classes, faces.labels.tolist()) == ("drowsy", ("1", "2", "awake"), [0, 1, 2])


def test_the_subject_is_in_a_ck_plus_file_name_or_is_the_folder_below_the_class(tmp_path: Path) -> None:
    picture(tmp_path / "ck" / "anger" / "S010_004_00000017.png")
    picture(tmp_path / "ck" / "contempt" / "S138_008_00000007.png")
    picture(tmp_path / "ck" / "contempt" / "found.png")
    picture(tmp_path / "own" / "happy" / "ann" / "1.png")
    picture(tmp_path / "own" / "sad" / "bob" / "1.png")
    ck, own = datasets.read(tmp_path / "ck").groups, datasets.read(tmp_path / "own").groups
    assert ck is not None
    assert own is not None
    assert ck.tolist() == ["S010", "S138", "face 2"]
    assert own.tolist() == ["ann", "bob"]


@pytest.mark.parametrize(
    ("places", "said"),
    [
        (
            ("train/happy/a.png", "happy/b.png"),
            r"a split \(train\) and of a class \(happy\) lie side by side",
        ),
        (("train/happy/a.png", "training/sad/b.png"), "train and training are the same split"),
        (("train/happy/a.png", "test/b.png"), "test/ holds pictures outside class folders"),
        (("a.png",), "no class folder is there; expected fer2013.csv"),
    ],
)
def test_a_mixed_up_layout_is_refused(tmp_path: Path, places: tuple[str, ...], said: str) -> None:
    for place in places:
        picture(tmp_path / place)
    with pytest.raises(ContractError, match=said):
        datasets.read(tmp_path)


def test_class_folders_without_a_picture_are_refused(tmp_path: Path) -> None:
    (tmp_path / "train" / "happy").mkdir(parents=True)
    with pytest.raises(ContractError, match="no usable image"):
        datasets.read(tmp_path)


@pytest.mark.parametrize("name", ["very happy", "-1", "glücklich", "x" * 25])
def test_a_class_that_could_not_be_published_is_refused_before_anything_is_learnt(
    tmp_path: Path, name: str
) -> None:
    for folder in (name, "Bored"):
        picture(tmp_path / folder / "a.png")
    with pytest.raises(ContractError, match=rf"the folder '{name}' cannot be a class; rename it"):
        datasets.read(tmp_path)

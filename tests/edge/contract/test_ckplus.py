from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.contract import datasets
from edge.contract.labels import CKPLUS_LABELS
from edge.errors import ContractError
from tests.faces import astronaut
from tests.training.builders import images

PIXELS = images(4)


def write_npz(path: Path, **replaced: object) -> Path:
    columns = {
        "pixels": PIXELS,
        "label": np.array(["anger", "happiness", "contempt", "surprise"]),
        "subject": np.array(["S005", "S005", "S010", "S011"]),
        "sequence": np.array(["001", "002", "001", "001"]),
    }
    np.savez(path, **{**columns, **replaced})  # type: ignore[arg-type]
    return path


def sequence(root: Path, place: str, label: str | None, frames: int) -> None:
    """Frames with the astronaut's face in them, as large as CK+ has its faces."""
    folder = root / "cohn-kanade-images" / place
    folder.mkdir(parents=True)
    whole = cv2.resize(astronaut()[:260, :350], (700, 520))
    for number in range(1, frames + 1):
        cv2.imwrite(str(folder / f"{place.replace('/', '_')}_{number:08d}.png"), whole)
    emotion = root / "Emotion" / place
    emotion.mkdir(parents=True)
    if label is not None:
        (emotion / f"{place.replace('/', '_')}_emotion.txt").write_text(label)


def test_the_npz_names_its_labels_and_subjects(tmp_path: Path) -> None:
    faces = datasets.read(write_npz(tmp_path / "ckplus48.npz"))
    np.testing.assert_array_equal(faces.images, PIXELS)
    assert [faces.classes[label] for label in faces.labels] == ["anger", "happiness", "contempt", "surprise"]
    assert faces.groups is not None
    assert faces.groups.tolist() == ["S005", "S005", "S010", "S011"]
    assert (faces.name, set(faces.splits.tolist())) == ("ckplus", {"Training"})


def test_a_label_outside_the_set_is_skipped_and_told(tmp_path: Path) -> None:
    names = np.array(["anger", "happy", "boredom", "surprise"])
    faces = datasets.read(write_npz(tmp_path / "ck.npz", label=names))
    assert [faces.classes[label] for label in faces.labels] == ["anger", "happiness", "surprise"]
    assert "image 2: 'boredom' is none of anger, contempt" in faces.skipped[0]


@pytest.mark.parametrize(
    "replaced",
    [
        {"pixels": np.zeros((4, 40, 40), np.uint8)},
        {"pixels": np.zeros((4, 48, 48), np.float32)},
        {"pixels": np.zeros((0, 48, 48), np.uint8)},
        {"label": np.arange(4)},
        {"subject": np.array(["S005"])},
    ],
)
def test_an_npz_with_wrong_columns_is_refused(tmp_path: Path, replaced: dict[str, object]) -> None:
    with pytest.raises(ContractError, match=r"ck\.npz: (pixels|label) must"):
        datasets.read(write_npz(tmp_path / "ck.npz", **replaced))


def test_a_truncated_npz_is_refused(tmp_path: Path) -> None:
    path = write_npz(tmp_path / "ck.npz")
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ContractError, match=r"ck\.npz: cannot be read as an npz"):
        datasets.read(path)


def test_a_damaged_column_of_an_npz_is_refused(tmp_path: Path) -> None:
    path = write_npz(tmp_path / "ck.npz")
    whole = bytearray(path.read_bytes())
    whole[3000:3100] = bytes(100)  # inside pixels: its checksum tells
    path.write_bytes(whole)
    with pytest.raises(ContractError, match=r"ck\.npz: expected the arrays pixels"):
        datasets.read(path)


def test_the_authors_folders_give_the_face_of_the_last_three_frames(tmp_path: Path) -> None:
    sequence(tmp_path, "S005/001", "   3.0000000e+00\n", frames=5)
    sequence(tmp_path, "S005/002", None, frames=2)
    sequence(tmp_path, "S010/001", "   7.0000000e+00\n", frames=2)
    faces = datasets.read(tmp_path)
    assert [CKPLUS_LABELS[label] for label in faces.labels] == ["disgust"] * 3 + ["surprise"] * 2
    assert faces.groups is not None
    assert faces.groups.tolist() == ["S005"] * 3 + ["S010"] * 2
    eyes_to_mouth = cv2.cvtColor(astronaut(), cv2.COLOR_BGR2GRAY)[95:155, 194:254]
    likeness = [
        cv2.matchTemplate(
            faces.images[0],
            cv2.resize(eyes_to_mouth, (side, side), interpolation=cv2.INTER_AREA),
            cv2.TM_CCOEFF_NORMED,
        ).max()
        for side in range(20, 40)
    ]
    assert max(likeness) > 0.9


def test_sequences_that_cannot_be_used_are_told(tmp_path: Path) -> None:
    sequence(tmp_path, "S005/001", "3.0", frames=1)
    sequence(tmp_path, "S006/001", "0.0", frames=1)
    sequence(tmp_path, "S007/001", "five", frames=1)
    (tmp_path / "Emotion" / "S008" / "001").mkdir(parents=True)
    (tmp_path / "Emotion" / "S008" / "001" / "S008_001_emotion.txt").write_text("1.0")
    blank = tmp_path / "cohn-kanade-images" / "S005" / "001" / "S005_001_00000002.png"
    cv2.imwrite(str(blank), np.zeros((490, 640), np.uint8))
    faces = datasets.read(tmp_path)
    assert len(faces) == 1
    assert [said.removeprefix(f"{tmp_path}: ") for said in faces.skipped] == [
        "cohn-kanade-images/S005/001/S005_001_00000002.png: no face found",
        "Emotion/S006/001/S006_001_emotion.txt: expected a number from 1 to 7",
        "Emotion/S007/001/S007_001_emotion.txt: expected a number from 1 to 7",
        "cohn-kanade-images/S008/001: missing, although Emotion/S008/001 labels it",
    ]


def test_half_of_the_authors_folders_is_refused(tmp_path: Path) -> None:
    (tmp_path / "Emotion" / "S005").mkdir(parents=True)
    with pytest.raises(ContractError, match=r"holds CK\+'s folder Emotion without the other"):
        datasets.read(tmp_path)

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from convert import faces
from edge.contract.labels import FER2013_LABELS
from edge.errors import ContractError
from tests.convert.face_builder import write_npz


def test_copies_of_training_faces_are_found_by_their_pixels(tmp_path: Path) -> None:
    found = faces.read(write_npz(tmp_path / "fer2013.npz"), "PublicTest", FER2013_LABELS)

    assert (len(found.training), len(found.gate)) == (280, 140)
    assert found.copies.tolist() == [True] * 20 + [False] * 120


def test_faces_are_numbered_as_the_networks_outputs_are(tmp_path: Path) -> None:
    path = write_npz(tmp_path / "fer2013.npz")
    plain = faces.read(path, "PublicTest", FER2013_LABELS)

    found = faces.read(path, "PublicTest", ("sad", "angry"))

    wanted = np.isin(plain.gate.labels, [FER2013_LABELS.index("sad"), FER2013_LABELS.index("angry")])
    assert len(found.gate) == wanted.sum() == len(found.copies)
    assert [found.gate.classes[n] for n in found.gate.labels] == [
        FER2013_LABELS[n] for n in plain.gate.labels[wanted]
    ]


def test_a_split_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"PublicTest, Training; choose one with --gate-split"):
        faces.read(write_npz(tmp_path / "fer2013.npz"), "test", FER2013_LABELS)


def test_a_class_that_the_faces_do_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="contempt"):
        faces.read(write_npz(tmp_path / "fer2013.npz"), "PublicTest", (*FER2013_LABELS, "contempt"))


def test_faces_of_a_network_that_learnt_other_names_are_found_by_their_emotion(tmp_path: Path) -> None:
    path = write_npz(tmp_path / "fer2013.npz")
    plain = faces.read(path, "PublicTest", FER2013_LABELS)

    found = faces.read(path, "PublicTest", ("anger", "happiness"))

    assert found.gate.classes == ("anger", "happiness")
    assert len(found.gate) == np.isin(plain.gate.labels, [0, 3]).sum()

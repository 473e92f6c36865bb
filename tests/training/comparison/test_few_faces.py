"""What the conversion in a comparison is given must be what it can read, whatever the classes are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from convert import faces as conversion_faces
from edge.contract import class_choice, datasets
from edge.contract.facesets import FaceSet
from edge.contract.labels import FER2013_LABELS, FERPLUS_LABELS, FERPLUS_VOTES
from tests.training.builders import face_set, images, joined
from training.comparison import few_faces


def own(classes: tuple[str, ...], *splits: str) -> FaceSet:
    count = 6 * len(classes) * len(splits)
    labels = np.arange(count, dtype=np.int64) % len(classes)
    by_split = np.repeat(np.array(splits), count // len(splits))
    return FaceSet(images(count), labels, by_split, classes, name="own")


def read(folder: Path, faces: FaceSet, labels: tuple[str, ...]) -> conversion_faces.ConversionFaces:
    few_faces.write(folder, faces, labels)
    return conversion_faces.read(folder, few_faces.GATE_SPLIT, labels)


def test_faces_of_any_classes_come_out_byte_for_byte(tmp_path: Path) -> None:
    faces = own(("frown", "smile"), "Training", "test")
    read(tmp_path / "faces", faces, ("frown", "smile"))
    found = datasets.read(tmp_path / "faces")
    assert found.classes == ("frown", "smile")
    given = {
        (image.tobytes(), label, split)
        for image, label, split in zip(faces.images, faces.labels, faces.splits, strict=True)
    }
    assert len(found) == 2 * 2 * 4
    assert {
        (image.tobytes(), label, split)
        for image, label, split in zip(found.images, found.labels, found.splits, strict=True)
    } <= given


@pytest.mark.parametrize("split", ["PublicTest", "test"])
def test_either_reported_split_serves_the_gate(tmp_path: Path, split: str) -> None:
    faces = joined(face_set(70), face_set(35, split, seed=3), face_set(35, "PrivateTest", seed=4))
    found = read(tmp_path / "faces", faces, FER2013_LABELS)
    judged = {image.tobytes() for image in faces.split(split).images}
    assert len(found.gate) == 4 * 7
    assert {image.tobytes() for image in found.gate.images} <= judged


def test_a_network_that_learnt_the_votes_is_given_their_classes(tmp_path: Path) -> None:
    faces = joined(face_set(70), face_set(70, "PublicTest", seed=3))
    votes = np.zeros((len(faces), len(FERPLUS_VOTES)), np.uint8)
    votes[np.arange(len(faces)), np.arange(len(faces)) % len(FERPLUS_LABELS)] = 10
    found = read(tmp_path / "faces", replace(faces, votes=votes), FERPLUS_LABELS)
    assert np.unique(found.training.labels).tolist() == list(range(len(FERPLUS_LABELS)))


def test_a_network_without_some_of_the_classes_can_be_converted(tmp_path: Path) -> None:
    # Of what is left half are emotions: alone they would be read as some of FER2013's classes.
    faces = own(("angry", "asleep", "awake", "bored", "happy"), "Training", "test")
    labels = class_choice.without(faces, ["bored"]).classes
    found = read(tmp_path / "faces", faces, labels)
    assert found.gate.classes == ("angry", "asleep", "awake", "happy")

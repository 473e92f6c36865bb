from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.contract import class_choice
from edge.contract.facesets import FaceSet
from edge.contract.labels import (
    CKPLUS_LABELS,
    FER2013_LABELS,
    FERPLUS_LABELS,
    LABEL_SETS,
    emotion,
    label_set_of,
    same_classes,
)
from edge.errors import ContractError
from tests.training.builders import face_set, images


def of_classes(classes: tuple[str, ...]) -> FaceSet:
    """One face of each class."""
    count = len(classes)
    return FaceSet(images(count), np.arange(count, dtype=np.int64), np.full(count, "Training"), classes)


def names(faces: FaceSet) -> list[str]:
    return [faces.classes[label] for label in faces.labels]


def voted(*votes: tuple[int, ...]) -> FaceSet:
    return replace(face_set(len(votes)), votes=np.array(votes, dtype=np.uint8))


def test_every_class_of_every_set_names_an_emotion_once() -> None:
    for classes in LABEL_SETS.values():
        assert len({emotion(name) for name in classes} - {None}) == len(classes)


@pytest.mark.parametrize("name", ["Angry", " anger "])
def test_names_of_an_emotion_are_one(name: str) -> None:
    assert emotion(name) == "angry"
    assert same_classes([name, "bored"], CKPLUS_LABELS) == [0, None]


def test_the_smallest_set_with_all_emotions_is_found() -> None:
    assert label_set_of(["happy", "sad"]) == FER2013_LABELS
    assert label_set_of(["contempt", "sad"]) == CKPLUS_LABELS
    assert label_set_of(["contempt", "neutral"]) == FERPLUS_LABELS


def test_ck_plus_becomes_fer2013_without_contempt() -> None:
    faces = class_choice.chosen(of_classes(CKPLUS_LABELS), "fer2013", ())
    assert faces.classes == FER2013_LABELS
    assert names(faces) == ["angry", "disgust", "fear", "happy", "sad", "surprise"]


def test_ck_plus_becomes_ferplus_by_name() -> None:
    assert names(class_choice.chosen(of_classes(CKPLUS_LABELS), "ferplus", ())) == list(CKPLUS_LABELS)


def test_own_labels_change_nothing() -> None:
    faces = face_set(14)
    assert class_choice.chosen(faces, "own", ()) is faces


def test_ferplus_labels_are_the_majority_and_leave_out_unknown_no_face_and_no_votes() -> None:
    faces = voted(
        (1, 7, 0, 0, 0, 0, 0, 0, 2, 0),
        (0, 0, 0, 0, 0, 0, 0, 5, 5, 0),  # as many: the first
        (1, 0, 3, 0, 0, 0, 0, 0, 6, 0),
        (4, 0, 0, 0, 0, 0, 0, 0, 0, 5),
        (0,) * 10,
        (0, 0, 0, 0, 0, 0, 10, 0, 0, 0),
    )
    found = class_choice.chosen(faces, "ferplus", ())
    assert (found.classes, found.name) == (FERPLUS_LABELS, "ferplus")
    assert names(found) == ["happiness", "contempt", "fear"]
    np.testing.assert_array_equal(found.images, faces.images[[0, 1, 5]])


def test_ferplus_labels_of_fer2013_need_votes() -> None:
    with pytest.raises(ContractError, match="give --votes"):
        class_choice.chosen(face_set(7), "ferplus", ())


def test_a_class_is_dropped_by_any_of_its_names() -> None:
    faces = class_choice.chosen(face_set(14), "own", ("Disgusted", "sadness"))
    assert faces.classes == ("angry", "fear", "happy", "surprise", "neutral")
    assert names(faces) == [*faces.classes] * 2


@pytest.mark.parametrize(
    ("drop", "said"),
    [
        (("boredom",), "'boredom' is none of them; the classes are angry"),
        (FER2013_LABELS[1:], "fewer than two"),
    ],
)
def test_classes_that_cannot_be_dropped_are_refused(drop: tuple[str, ...], said: str) -> None:
    with pytest.raises(ContractError, match=f"drop_classes: {said}"):
        class_choice.without(face_set(7), drop)


@given(st.permutations(FER2013_LABELS), st.sets(st.sampled_from(FER2013_LABELS), max_size=5))
def test_a_class_keeps_its_faces_whatever_the_order_and_what_is_dropped(
    order: list[str], dropped: set[str]
) -> None:
    faces = of_classes(FER2013_LABELS)
    found = class_choice.without(class_choice.matching(faces, order), sorted(dropped))
    assert set(names(found)) == set(FER2013_LABELS) - dropped
    for image, name in zip(found.images, names(found), strict=True):
        np.testing.assert_array_equal(image, faces.images[FER2013_LABELS.index(name)])


def test_a_network_is_judged_by_its_own_classes_in_their_order() -> None:
    found = class_choice.for_network(of_classes(CKPLUS_LABELS), ("happy", "angry", "neutral"))
    assert found.classes == ("happy", "angry", "neutral")
    assert names(found) == ["angry", "happy"]


def test_a_network_that_learnt_ferplus_is_judged_by_votes_and_another_by_its_labels() -> None:
    faces = voted((0, 10, 0, 0, 0, 0, 0, 0, 0, 0), (0, 10, 0, 0, 0, 0, 0, 0, 0, 0))
    assert names(class_choice.for_network(faces, FERPLUS_LABELS)) == ["happiness"] * 2
    assert names(class_choice.for_network(faces, FER2013_LABELS)) == ["angry", "disgust"]


def test_a_network_of_other_classes_cannot_be_judged() -> None:
    with pytest.raises(ContractError, match="no face of the classes asleep, awake"):
        class_choice.for_network(face_set(7), ("asleep", "awake"))


def test_an_empty_class_of_training_is_named_with_what_to_do() -> None:
    with pytest.raises(ContractError, match=r"class contempt in Training; .* drop_classes: \[contempt\]"):
        class_choice.require_every_class(class_choice.matching(face_set(7), (*FER2013_LABELS, "contempt")))


def test_a_single_class_cannot_be_learnt() -> None:
    with pytest.raises(ContractError, match="only the class photos"):
        class_choice.require_every_class(of_classes(("photos",)))


def test_labels_that_no_face_has_are_told() -> None:
    with pytest.raises(ContractError, match=r"no face of the classes .* is there, only of smile, frown"):
        class_choice.chosen(of_classes(("smile", "frown")), "fer2013", ())

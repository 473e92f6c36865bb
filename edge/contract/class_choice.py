"""Which classes are learnt or judged: another label set, a class less, or those of a given network.

The one place where labels of one data set become labels of another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from edge.contract.data_forms import LabelSet
from edge.contract.facesets import FaceSet
from edge.contract.labels import (
    FER2013_LABELS,
    FERPLUS_LABELS,
    FERPLUS_VOTES,
    LABEL_SETS,
    same_classes,
)
from edge.errors import ContractError


def chosen(faces: FaceSet, labels: LabelSet, drop: Sequence[str]) -> FaceSet:
    """The faces under the labels that a recipe asks for.

    Faces whose class the label set does not have (contempt for FER2013's) are left out. FER+
    labels of FER2013 are the votes' majority, see :func:`by_majority`.

    Raises:
        ContractError: FER+ labels without votes, no face has one of the labels, or ``drop`` names a class
            that is not there.
    """
    if labels == "ferplus" and (faces.votes is not None or faces.classes == FER2013_LABELS):
        faces = by_majority(faces)
    elif labels != "own":
        faces = _some(faces, LABEL_SETS[labels])
    return without(faces, drop)


def by_majority(faces: FaceSet) -> FaceSet:
    """FER2013's faces under FER+'s eight labels: the column with most of the ten people's votes.

    A face is left out where that column is "unknown" or "NF" (not a face), or where there are no
    votes; of columns with as many votes the first counts. That is the usual hard label; of the
    paper's four schemes it is "majority voting".

    Raises:
        ContractError: The faces carry no votes.
    Source: Barsoum et al. 2016, arXiv:1608.01041.
    """
    if faces.votes is None:
        raise ContractError("FER+ labels are people's votes: give --votes fer2013new.csv (or .npz)")
    winner = faces.votes.argmax(axis=1).astype(np.int64)
    kept = (winner < len(FERPLUS_LABELS)) & (faces.votes.sum(axis=1) > 0)
    return replace(faces, labels=winner, classes=FERPLUS_LABELS, name="ferplus").select(kept)


def matching(faces: FaceSet, classes: Sequence[str]) -> FaceSet:
    """The faces numbered by ``classes``, which may use other names for the same emotions.

    Faces of any other class are left out; a class without a face stays.
    """
    number = np.array([-1 if n is None else n for n in same_classes(faces.classes, classes)], dtype=np.int64)
    new = number[faces.labels]
    return replace(faces, labels=new, classes=tuple(classes)).select(new >= 0)


def for_network(faces: FaceSet, labels: Sequence[str]) -> FaceSet:
    """The faces as a network with these outputs is judged: by the votes where it learnt FER+.

    Raises:
        ContractError: No face has one of the network's classes.
    """
    if faces.votes is not None and set(labels) <= set(FERPLUS_VOTES):
        faces = by_majority(faces)
    return _some(faces, labels)


def _some(faces: FaceSet, labels: Sequence[str]) -> FaceSet:
    found = matching(faces, labels)
    if not len(found):
        raise ContractError(
            f"no face of the classes {', '.join(labels)} is there, only of {', '.join(faces.classes)}"
        )
    return found


def without(faces: FaceSet, drop: Sequence[str]) -> FaceSet:
    """The faces without some classes, the others numbered anew in the same order.

    Raises:
        ContractError: A name is none of the classes, or fewer than two classes would be left.
    """
    places = same_classes(drop, faces.classes)
    unknown = [name for name, place in zip(drop, places, strict=True) if place is None]
    left = tuple(name for place, name in enumerate(faces.classes) if place not in places)
    if unknown or len(left) < 2:
        why = f"{unknown[0]!r} is none of them" if unknown else "fewer than two would be left"
        raise ContractError(f"drop_classes: {why}; the classes are {', '.join(faces.classes)}")
    return matching(faces, left) if drop else faces


def require_every_class(training: FaceSet) -> None:
    """A network cannot learn a class that it never sees, nor to tell one class apart.

    Raises:
        ContractError: Names the classes without a face in Training, or the only class.
    """
    if len(training.classes) < 2:
        raise ContractError(
            f"only the class {training.classes[0]} is there: nothing to tell apart; "
            "give a folder that holds one folder a class"
        )
    counts = np.bincount(training.labels, minlength=len(training.classes))
    empty = [name for name, count in zip(training.classes, counts, strict=True) if not count]
    if empty:
        raise ContractError(
            f"no face of class {', '.join(empty)} in Training; bring some, or write "
            f"drop_classes: [{', '.join(empty)}] into the recipe"
        )

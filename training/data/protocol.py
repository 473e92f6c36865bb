"""The rules that keep figures honest: what is held out, what goes together, what may be judged.

FER2013 repeats photographs within and across its splits, and CK+ has few subjects; a copy or
another picture of the same subject on the training side of a held-out image makes every figure
too good. Choices (network, epochs, temperature) are made on the held-out part of Training;
PublicTest only reports.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from edge.contract.facesets import FaceSet
from edge.errors import ContractError
from training.data.copies import components, digests, exact_pairs, near_pairs

#: Which copies stay on one side: near ones (exact ones among them), or exact ones alone.
Copies = Literal["near", "exact"]

#: FER2013's own share of test images that are exact copies of Training images is 7.8% (280 of 3,589).
_LEAST_LEAK = 0.1


def bound_together(faces: FaceSet, copies: Copies) -> npt.NDArray[np.str_]:
    """(N,) a key that copies of a photograph and faces of one subject share, with all they lead to.

    It follows from the pixels and subjects alone, whatever the order of the rows. Near copies are
    looked for only where the subjects are unknown: where they are known the subject says more,
    and in pictures from one laboratory two people in one pose pass for a copy.
    """
    keys = digests(faces.images)
    pairs = [exact_pairs(keys)]
    if copies == "near" and faces.groups is None:
        _, distinct = np.unique(keys, return_index=True)
        pairs.append(distinct[near_pairs(faces.images[distinct])])
    if faces.groups is not None:
        pairs.append(exact_pairs(faces.groups))
    _, place = np.unique(components(len(faces), pairs), return_inverse=True)
    by_key = np.argsort(keys, kind="stable")[::-1]
    least = np.empty(place.max(initial=-1) + 1, dtype=keys.dtype)
    least[place[by_key]] = keys[by_key]  # of several that are written the last stays: the smallest
    return least[place]


def hold_out(faces: FaceSet, share: float, seed: int, copies: Copies) -> tuple[FaceSet, FaceSet]:
    """Divide a set into (kept, held out), each class by the same share, copies and subjects on one side.

    Whole groups are drawn, so no held-out photograph or subject is seen in training. A subject shows
    several classes: one is drawn while a class lacks faces, but none that alone shows a class, and, where
    there are others, none that would make the part more than twice as large. The same
    seed gives the same division whatever the order of the rows.
    """
    if not share:
        return faces, faces.select(np.zeros(len(faces), dtype=bool))
    keys = bound_together(faces, copies)
    rank = np.array([hashlib.blake2b(f"{seed}:{key}".encode(), digest_size=8).hexdigest() for key in keys])
    if faces.groups is not None:
        held = _subjects(faces, keys, rank, share)
    else:
        held = np.zeros(len(faces), dtype=bool)
        for label in range(len(faces.classes)):
            rows = np.flatnonzero(faces.labels == label)
            chosen = rows[np.argsort(rank[rows], kind="stable")][: round(share * len(rows))]
            held[chosen] = True
        held = np.isin(keys, keys[held])  # the others of a group follow, whatever label they carry
    return faces.select(~held), faces.select(held)


def _subjects(
    faces: FaceSet, keys: npt.NDArray[np.str_], rank: npt.NDArray[np.str_], share: float
) -> npt.NDArray[np.bool_]:
    """(N,) the faces of whole subjects that are held out, going through these by rank."""
    _, first, subject = np.unique(keys, return_index=True, return_inverse=True)
    shown = np.zeros((len(first), len(faces.classes)), dtype=np.int64)
    np.add.at(shown, (subject, faces.labels), 1)
    every = shown.sum(axis=0)
    wanted, held = np.round(share * every), np.zeros_like(every)
    chosen = np.zeros(len(first), dtype=bool)
    # Of a subject with a large part of all faces more would be held out than asked for, if there are others.
    for most in (np.maximum(2 * wanted, 1), every):
        for one in np.argsort(rank[first], kind="stable"):
            after, here = held + shown[one], shown[one] > 0
            if (held < wanted)[here].any() and ((after < every) & (after <= most))[here].all():
                chosen[one] = True
                held = after
        if chosen.any():
            break
    return np.asarray(chosen[subject])


def fold(faces: FaceSet, number: int, folds: int, copies: Copies) -> FaceSet:
    """Mark one fold of a cross-validation in Training: its rows become the split "fold".

    Whole subjects and copies go into one fold; the folds are about as large as each other and
    the same in every call.

    Args:
        faces: Has Training; other splits stay as they are.
        number: 1 to ``folds``.
        folds: How many, at least 2.
        copies: Which copies go together.
    Raises:
        ContractError: There are fewer groups than folds.
    """
    from sklearn.model_selection import GroupKFold  # noqa: PLC0415 - takes a second, folds alone need it

    training = np.flatnonzero(faces.splits == "Training")
    keys = bound_together(faces.select(training), copies)
    if len(set(keys.tolist())) < folds:
        raise ContractError(
            f"{len(set(keys.tolist()))} separate subjects or photographs make no {folds} folds"
        )
    order = np.argsort(keys, kind="stable")
    divisions = list(GroupKFold(folds).split(order, groups=keys[order]))
    splits = faces.splits.astype("<U16")
    splits[training[order[divisions[number - 1][1]]]] = "fold"
    return replace(faces, splits=splits)


def copies_of(faces: FaceSet, training: FaceSet) -> npt.NDArray[np.bool_]:
    """(N,) bool: which images of ``faces`` are exact copies of one in ``training``."""
    return np.isin(digests(faces.images), digests(training.images))


def require_apart(faces: FaceSet, training: FaceSet, split: str) -> None:
    """Refuse to judge a split that training has seen.

    Raises:
        ContractError: Subjects stand on both sides, or so many images do that the split is no
            test: 10% and more, where FER2013 itself has 8% (told by the "clean" figures).
    """
    otherwise = "so its figures would be too good; {}, or state it with --allow-leakage"
    if training.groups is not None and faces.groups is not None:
        both = sorted(set(training.groups.tolist()) & set(faces.groups.tolist()))
        if both:
            said = f"{split}: {len(both)} subjects are in Training too, {both[0]} for one, "
            raise ContractError(said + otherwise.format("divide by subject (fit --fold)"))
    copied = int(np.count_nonzero(copies_of(faces, training)))
    if copied >= _LEAST_LEAK * len(faces):
        said = f"{split}: {copied} of {len(faces)} images are in Training too, "
        raise ContractError(said + otherwise.format("take them out of one of the two"))


def require_splits_apart(faces: FaceSet) -> None:
    """The same for every split of a set that holds Training.

    Raises:
        ContractError: As for :func:`require_apart`.
    """
    training = faces.select(faces.splits == "Training")
    for split in sorted(set(faces.splits.tolist()) - {"Training"}):
        require_apart(faces.split(split), training, split)

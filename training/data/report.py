"""What a data set holds, and what is wrong with it: counts, copies, conflicting labels, empty images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from edge.contract.facesets import FaceSet
from edge.contract.labels import FERPLUS_VOTES
from training.data.copies import Pairs, components, digests, exact_pairs, near_pairs

#: Standard deviation in grey levels; the flattest face of FER2013 has 9.
_FLAT_DEVIATION = 5.0
#: A black image has no pixel above this.
_BLACK = 10
#: Share of the pixels within three neighbouring grey levels: text, signs and drawings have a flat
#: ground. Of FER2013's 48 rows above, 33 belong to the 159 that FER+ calls no face.
_FLAT_GROUND = 0.5

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class CopyCount:
    """How often photographs are repeated.

    Attributes:
        groups: Photographs that are there more than once.
        surplus: Images beyond the first of each.
        having: (split, other split) -> images of the first that have a copy, another image, in the other.
        conflicting: Photographs whose images carry more than one label.
    """

    groups: int
    surplus: int
    having: dict[tuple[str, str], int]
    conflicting: int

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "photographs": self.groups,
            "surplus": self.surplus,
            "conflicting": self.conflicting,
            "having_a_copy": [
                {"split": one, "in": other, "images": images} for (one, other), images in self.having.items()
            ],
        }


@dataclass(frozen=True)
class DataReport:
    """All that is told of a data set.

    Attributes:
        counts: split -> images a class.
        exact: Images with equal pixels.
        copies: The same photograph, recompressed and moved ones included; None where subjects are known.
        black, flat: Rows without a picture; a black image is flat too.
        flat_ground: Rows that may be drawings or text; candidates to look at, no verdict.
        not_a_face: Rows that most FER+ voters call no face; None without votes.
        subjects: How many; None where the data do not tell.
        skipped: Rows that could not be read.
    """

    name: str
    classes: tuple[str, ...]
    counts: dict[str, list[int]]
    exact: CopyCount
    copies: CopyCount | None
    black: list[int]
    flat: list[int]
    flat_ground: list[int]
    not_a_face: list[int] | None
    subjects: int | None
    skipped: int

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; rows count from 0 among the rows that could be read."""
        return {
            "schema": "data-report/1",
            "name": self.name,
            "classes": list(self.classes),
            "counts": {
                split: dict(zip(self.classes, counts, strict=True)) for split, counts in self.counts.items()
            },
            "subjects": self.subjects,
            "skipped": self.skipped,
            "exact_copies": self.exact.as_dict(),
            "copies": self.copies.as_dict() if self.copies else None,
            "black_rows": self.black,
            "flat_rows": self.flat,
            "flat_ground_rows": self.flat_ground,
            "not_a_face_rows": self.not_a_face,
        }


def examine(faces: FaceSet) -> DataReport:
    """Look at all faces of a set (about ten seconds for 30,000)."""
    keys = digests(faces.images)
    exact = exact_pairs(keys)
    near = None
    if faces.groups is None:
        _, distinct = np.unique(keys, return_index=True)
        near = distinct[near_pairs(faces.images[distinct])]
    flat = faces.images.reshape(len(faces), -1).std(axis=1) < _FLAT_DEVIATION
    black = faces.images.reshape(len(faces), -1).max(axis=1) <= _BLACK
    nobody = None if faces.votes is None else faces.votes.argmax(axis=1) == FERPLUS_VOTES.index("NF")
    return DataReport(
        name=faces.name,
        classes=faces.classes,
        counts=class_counts(faces),
        exact=_copies(faces, [exact]),
        copies=None if near is None else _copies(faces, [exact, near]),
        black=_rows(black),
        flat=_rows(flat),
        flat_ground=_rows((_flat_ground(faces.images) > _FLAT_GROUND) & ~flat),
        not_a_face=None if nobody is None else _rows(nobody),
        subjects=None if faces.groups is None else len(set(faces.groups.tolist())),
        skipped=len(faces.skipped),
    )


def class_counts(faces: FaceSet) -> dict[str, list[int]]:
    """split -> images a class, the splits in the order of their first row."""
    present = list(dict.fromkeys(faces.splits.tolist()))
    classes = len(faces.classes)
    return {s: np.bincount(faces.labels[faces.splits == s], minlength=classes).tolist() for s in present}


def _copies(faces: FaceSet, pairs: list[Pairs]) -> CopyCount:
    group = components(len(faces), pairs)
    repeated = np.bincount(group, minlength=len(faces)) > 1
    labels_a_group = np.bincount(np.unique(group * len(faces.classes) + faces.labels) // len(faces.classes))
    having: dict[tuple[str, str], int] = {}
    splits = dict.fromkeys(faces.splits.tolist())
    for one in splits:
        rows = group[faces.splits == one]
        for other in splits:
            there = np.bincount(group[faces.splits == other], minlength=len(faces))
            having[one, other] = int(np.count_nonzero(there[rows] > (one == other)))
    return CopyCount(
        groups=int(np.count_nonzero(repeated)),
        surplus=len(faces) - len(np.unique(group)),
        having=having,
        conflicting=int(np.count_nonzero(labels_a_group > 1)),
    )


def _rows(mask: Mask) -> list[int]:
    return [int(row) for row in np.flatnonzero(mask)]


def _flat_ground(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """(N,) share of each image's pixels in the fullest window of three neighbouring grey levels."""
    levels = np.stack([np.bincount(image.ravel(), minlength=256) for image in images])
    windows = levels[:, :-2] + levels[:, 1:-1] + levels[:, 2:]
    return np.asarray(windows.max(axis=1) / images[0].size, dtype=np.float64)

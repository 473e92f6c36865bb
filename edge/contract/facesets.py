"""A set of labelled face crops in memory, and the splits that it is divided into."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

Split = Literal["Training", "PublicTest", "PrivateTest", "test", "fold"]
SPLITS: tuple[Split, ...] = ("Training", "PublicTest", "PrivateTest", "test", "fold")

#: Side of a face crop.
SIDE_PX = 48


@dataclass(frozen=True)
class FaceSet:
    """Labelled grey face crops.

    Attributes:
        images: (N, 48, 48) uint8, grey.
        labels: (N,) int64, index into ``classes``.
        splits: (N,) str, one of :data:`SPLITS`; "test" is PublicTest and PrivateTest together,
            as Kaggle's folders publish them, or the test part of any other set; "fold" is the
            part of Training that one fold of a cross-validation judges.
        classes: Class names in label order.
        skipped: What the reader had to leave out, one line a row, in words.
        csv_rows: (N,) int64, number of the image's row in fer2013.csv from 0, -1 where unknown;
            None where the layout does not tell.
        votes: (N, 10) uint8, FER+ votes in the order of ``FERPLUS_VOTES``, all zero where there
            are none; None before :func:`edge.contract.ferplus.join`.
        groups: (N,) str, whose face it is; faces of one group are never divided. None where the
            data do not tell.
        name: Of the data set, for reports.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    splits: npt.NDArray[np.str_]
    classes: tuple[str, ...]
    skipped: tuple[str, ...] = ()
    csv_rows: npt.NDArray[np.int64] | None = None
    votes: npt.NDArray[np.uint8] | None = None
    groups: npt.NDArray[np.str_] | None = None
    name: str = "fer2013"

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, mask: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> FaceSet:
        """The rows chosen by a boolean mask or by indices, in that order."""
        return replace(
            self,
            images=self.images[mask],
            labels=self.labels[mask],
            splits=self.splits[mask],
            skipped=(),
            csv_rows=None if self.csv_rows is None else self.csv_rows[mask],
            votes=None if self.votes is None else self.votes[mask],
            groups=None if self.groups is None else self.groups[mask],
        )

    def split(self, name: str) -> FaceSet:
        """The rows of one split.

        Raises:
            ValueError: No row belongs to it; the message names the splits that are there.
        """
        chosen = self.select(self.splits == name)
        if not len(chosen):
            present = ", ".join(sorted(set(self.splits.tolist()))) or "none"
            raise ValueError(f"no images of split {name!r} here; splits present: {present}")
        return chosen

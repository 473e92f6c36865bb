"""Rows of a data set, good and bad, become a face set: what every reader does at its end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from edge.contract.facesets import FaceSet
from edge.errors import ContractError


class Row(NamedTuple):
    """One face of a data set.

    Attributes:
        image: (48, 48) uint8.
        label: Index into the set's classes.
        csv_row: Row of fer2013.csv, -1 where unknown.
        group: Whose face it is; "" where unknown.
    """

    image: npt.NDArray[np.uint8]
    label: int
    split: str = "Training"
    csv_row: int = -1
    group: str = ""


def gather(rows: Iterable[Row | str], classes: tuple[str, ...], origin: str, name: str) -> FaceSet:
    """Stack the rows; a row that is text says why it was left out.

    A face of unknown group is a group of its own where others have one.

    Raises:
        ContractError: No row is usable; tells the first fault.
    """
    skipped: list[str] = []
    good: list[Row] = []
    for row in rows:
        if isinstance(row, str):
            skipped.append(f"{origin}: {row}")
        else:
            good.append(row)
    if not good:
        why = f"; the first fault: {skipped[0]}" if skipped else ""
        raise ContractError(f"{origin}: no usable image{why}")
    images, labels, splits, csv_rows, groups = zip(*good, strict=True)
    return FaceSet(
        np.stack(images),
        np.array(labels, dtype=np.int64),
        np.array(splits),
        classes,
        tuple(skipped),
        csv_rows=np.array(csv_rows, dtype=np.int64) if max(csv_rows) >= 0 else None,
        groups=np.array([group or f"face {number}" for number, group in enumerate(groups)])
        if any(groups)
        else None,
        name=name,
    )

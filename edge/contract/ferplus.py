"""FER+: what ten people saw in each image of FER2013, joined to its rows.

Source: Barsoum et al. 2016, arXiv:1608.01041; github.com/microsoft/FERPlus (fer2013new.csv).
"""

from __future__ import annotations

import csv
import zlib
from dataclasses import replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from edge.contract.facesets import FaceSet
from edge.contract.labels import FERPLUS_VOTES, emotion
from edge.errors import ContractError

Votes = npt.NDArray[np.uint8]

#: FER2013's labels and the votes' majority name the same emotion for 63% of the images; rows that
#: do not belong together agree by chance alone, on about 20%.
_LEAST_AGREEMENT = 0.5


def join(faces: FaceSet, path: Path) -> FaceSet:
    """The same faces with ``votes``; rows that FER+ does not know have no votes (all zero).

    Rows are matched by their number in fer2013.csv, which only the csv itself and the npz with
    ``csv_row`` carry.

    Args:
        faces: FER2013.
        path: ``fer2013new.csv``, or an npz with ``votes`` (N, 10) uint8 and ``csv_row`` (N,) int.
    Raises:
        ContractError: The file cannot be used, or its rows are not those of the faces.
    """
    if faces.csv_rows is None:
        raise ContractError(
            f"{path}: the faces do not say which row of fer2013.csv they are (folders cannot); "
            "give fer2013.csv or an npz with csv_row as --data"
        )
    rows, given = _read_npz(path) if path.suffix == ".npz" else _read_csv(path)
    by_row = np.zeros((max(int(rows.max()), int(faces.csv_rows.max())) + 2, len(FERPLUS_VOTES)), np.uint8)
    by_row[rows] = given
    by_row[-1] = 0  # where row -1, unknown, points to
    joined = by_row[faces.csv_rows]
    _require_same_images(joined, faces, path)
    return replace(faces, votes=joined)


def _require_same_images(votes: Votes, faces: FaceSet, path: Path) -> None:
    names = np.array([emotion(name) or "" for name in FERPLUS_VOTES])
    voted = votes.sum(axis=1) > 0
    if not voted.any():
        raise ContractError(f"{path}: has votes for none of the {len(faces)} faces; give files of one set")
    agree = names[votes[voted].argmax(axis=1)] == np.array(faces.classes)[faces.labels[voted]]
    if agree.mean() < _LEAST_AGREEMENT:
        raise ContractError(
            f"{path}: its votes name the label of only {agree.mean():.0%} of the faces where 63% is usual: "
            "the rows are not those of --data. A csv must have all 35,887 rows in their original order"
        )


def _read_npz(path: Path) -> tuple[npt.NDArray[np.int64], Votes]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            votes, rows = arrays["votes"], arrays["csv_row"].astype(np.int64)
    except (OSError, EOFError, KeyError, ValueError, AttributeError, BadZipFile, zlib.error) as err:
        raise ContractError(f"{path}: expected the arrays votes and csv_row: {err}") from err
    if votes.dtype != np.uint8 or votes.shape != (len(rows), len(FERPLUS_VOTES)):
        raise ContractError(
            f"{path}: votes must be uint8 ({len(rows)}, {len(FERPLUS_VOTES)}), "
            f"found {votes.dtype} {votes.shape}"
        )
    known = rows >= 0
    if not known.any():
        raise ContractError(f"{path}: no csv_row is known; the votes cannot be joined")
    return rows[known], votes[known]


def _read_csv(path: Path) -> tuple[npt.NDArray[np.int64], Votes]:
    """Microsoft's file: Usage, Image name, ten columns of votes; one line a row of fer2013.csv."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as handle:
            reader = csv.DictReader(handle)
            found = {name.strip().lower(): name for name in reader.fieldnames or ()}
            missing = [name for name in FERPLUS_VOTES if name.lower() not in found]
            if missing:
                raise ContractError(
                    f"{path}:1: expected columns {', '.join(FERPLUS_VOTES)}; missing {missing[0]}"
                )
            columns = [found[name.lower()] for name in FERPLUS_VOTES]
            votes = [[int(row[column]) for column in columns] for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as err:
        raise ContractError(f"{path}: cannot be read as FER+ votes: {err}") from err
    except (TypeError, ValueError) as err:
        raise ContractError(f"{path}:{reader.line_num}: a vote is no number: {err}") from err
    if not votes or not all(0 <= vote <= 255 for row in votes for vote in row):
        raise ContractError(f"{path}: expected at least one row, and votes from 0 to 255")
    return np.arange(len(votes)), np.array(votes, dtype=np.uint8)

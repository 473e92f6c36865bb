"""Readers for FER2013 as one file: csv (plain, .gz, .zip) or npz. Kaggle's folders: ``class_folders``.

Source: Goodfellow et al. 2013, arXiv:1307.0414. 35,887 grey 48x48 faces.
"""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import numpy.typing as npt

from edge.contract.facesets import SIDE_PX, FaceSet
from edge.contract.gathering import Row, gather
from edge.contract.labels import FER2013_LABELS
from edge.errors import ContractError

_USAGES = ("Training", "PublicTest", "PrivateTest")


def read(path: Path) -> FaceSet:
    """Read FER2013 from a csv or npz file.

    Rows that cannot be read are left out and listed in ``FaceSet.skipped``.

    Raises:
        ContractError: Nothing usable is there; says what was looked for.
    """
    try:
        return _read_file(path)
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, UnicodeDecodeError, csv.Error) as err:
        raise ContractError(f"{path}: cannot be read as FER2013: {err}") from err


def file_in(folder: Path) -> Path | None:
    """The file with FER2013 that a folder holds, if it does."""
    named = (p for p in sorted(folder.iterdir()) if p.name.lower().startswith("fer2013.") and p.is_file())
    return next(named, None)


def _read_file(path: Path) -> FaceSet:
    suffixes = [s.lower() for s in path.suffixes]
    if suffixes[-1:] == [".npz"]:
        return _read_npz(path)
    if suffixes[-1:] == [".zip"]:
        with zipfile.ZipFile(path) as archive:
            members = [n for n in archive.namelist() if n.lower().endswith(".csv")]
            if not members:
                raise ContractError(f"{path}: holds no .csv file")
            with archive.open(members[0]) as raw:
                return _read_csv(raw, f"{path}:{members[0]}")
    if suffixes[-1:] == [".gz"]:
        with gzip.open(path) as raw:
            return _read_csv(cast("IO[bytes]", raw), str(path))
    with path.open("rb") as raw:
        return _read_csv(raw, str(path))


def _read_csv(raw: IO[bytes], origin: str) -> FaceSet:
    with io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text)
        header = [name.strip().lower() for name in next(reader, [])]
        if not {"emotion", "pixels"} <= set(header):
            raise ContractError(
                f"{origin}:1: expected columns emotion, pixels, Usage; found {', '.join(header) or 'nothing'}"
            )
        emotion, pixels = header.index("emotion"), header.index("pixels")
        usage = header.index("usage") if "usage" in header else None
        rows = _csv_rows(reader, emotion, pixels, usage)
        return gather(rows, FER2013_LABELS, origin, "fer2013")


def _csv_rows(
    reader: Iterable[list[str]], emotion: int, pixels: int, usage: int | None
) -> Iterator[Row | str]:
    for number, fields in enumerate(reader, start=2):
        if not fields:
            continue
        try:
            label = int(fields[emotion])
            split = fields[usage].strip() if usage is not None else "Training"
            image = np.array(fields[pixels].split(), dtype=np.int32)
        except IndexError:
            yield f"line {number}: a column is missing, found {len(fields)}"
            continue
        except (ValueError, OverflowError) as err:
            yield f"line {number}: {err}"
            continue
        if image.size != SIDE_PX * SIDE_PX:
            yield f"line {number}: expected {SIDE_PX * SIDE_PX} pixels, found {image.size}"
        elif image.min() < 0 or image.max() > 255:
            yield f"line {number}: pixels must be 0..255, found {image.min()}..{image.max()}"
        elif not 0 <= label < len(FER2013_LABELS):
            yield f"line {number}: emotion {label} is not in 0..{len(FER2013_LABELS) - 1}"
        elif split not in _USAGES:
            yield f"line {number}: Usage {split!r} is none of {', '.join(_USAGES)}"
        else:
            crop = image.astype(np.uint8).reshape(SIDE_PX, SIDE_PX)
            yield Row(crop, label, split, csv_row=number - 2)


def _read_npz(path: Path) -> FaceSet:
    """The compact layout: pixels (N, 48, 48) uint8, label, usage (0 Training, 1 Public, 2 Private).

    ``csv_row`` (row of fer2013.csv from 0, -1 unknown) may be there too.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            pixels, labels, usage = arrays["pixels"], arrays["label"], arrays["usage"]
            csv_rows = arrays["csv_row"].astype(np.int64) if "csv_row" in arrays else None
    except (KeyError, ValueError, AttributeError) as err:  # AttributeError: a plain .npy inside
        raise ContractError(f"{path}: expected the arrays pixels, label and usage: {err}") from err
    if pixels.dtype != np.uint8 or pixels.shape[1:] != (SIDE_PX, SIDE_PX):
        raise ContractError(f"{path}: pixels must be uint8 (N, 48, 48), found {pixels.dtype} {pixels.shape}")
    fits = len(pixels) == len(labels) == len(usage) > 0
    if not fits or not _numbers(labels, len(FER2013_LABELS)) or not _numbers(usage, len(_USAGES)):
        raise ContractError(f"{path}: label must be 0..6 and usage 0..2, one for each of at least one image")
    if csv_rows is not None and csv_rows.shape != labels.shape:
        raise ContractError(f"{path}: csv_row must hold one number an image, found {csv_rows.shape}")
    return FaceSet(
        pixels, labels.astype(np.int64), np.array(_USAGES)[usage], FER2013_LABELS, csv_rows=csv_rows
    )


def _numbers(column: npt.NDArray[Any], below: int) -> bool:
    return bool(column.ndim == 1 and column.dtype.kind in "ui" and column.min() >= 0 and column.max() < below)

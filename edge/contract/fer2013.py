"""Readers for FER2013 in each layout in which people have it: csv (plain, .gz, .zip), folders, npz.

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

import cv2
import numpy as np
import numpy.typing as npt

from edge.contract.facesets import FaceSet
from edge.contract.labels import FER2013_LABELS
from edge.errors import ContractError

SIDE_PX = 48
_FOLDER_SPLITS = {"train": "Training", "training": "Training", "test": "test", "publictest": "PublicTest",
                  "privatetest": "PrivateTest", "validation": "PublicTest"}  # fmt: skip
_USAGES = ("Training", "PublicTest", "PrivateTest")
_IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".webp"}
_SYNONYMS = {"anger": "angry", "happiness": "happy", "sadness": "sad", "surprised": "surprise"}


def read(path: Path) -> FaceSet:
    """Read FER2013 from a csv file, an npz file, or a folder (Kaggle's, or one that holds such a file).

    Rows that cannot be read are left out and listed in ``FaceSet.skipped``.

    Raises:
        ContractError: Nothing usable is there; says what was looked for.
    """
    if path.is_dir():
        inside = [p for p in sorted(path.iterdir()) if p.name.lower().startswith("fer2013.") and p.is_file()]
        return read(inside[0]) if inside else _read_folders(path)
    if not path.is_file():
        raise ContractError(
            f"{path}: no such file or folder; expected fer2013.csv (.gz, .zip), .npz, or train/ and test/"
        )
    try:
        return _read_file(path)
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, UnicodeDecodeError, csv.Error) as err:
        raise ContractError(f"{path}: cannot be read as FER2013: {err}") from err


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
        return _gather(_csv_rows(reader, emotion, pixels, usage), origin)


#: Where it stands, image, label, split, row of the csv (-1 unknown).
Row = tuple[str, npt.NDArray[np.uint8], int, str, int]


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
            yield f"line {number}", image.astype(np.uint8).reshape(SIDE_PX, SIDE_PX), label, split, number - 2


def _gather(rows: Iterable[Row | str], origin: str) -> FaceSet:
    images, labels, splits, csv_rows, skipped = [], [], [], [], []
    for row in rows:
        if isinstance(row, str):
            skipped.append(f"{origin}: {row}")
            continue
        images.append(row[1])
        labels.append(row[2])
        splits.append(row[3])
        csv_rows.append(row[4])
    if not images:
        why = f"; the first fault: {skipped[0]}" if skipped else ""
        raise ContractError(f"{origin}: no usable image{why}")
    return FaceSet(
        np.stack(images),
        np.array(labels),
        np.array(splits),
        FER2013_LABELS,
        tuple(skipped),
        None if max(csv_rows) < 0 else np.array(csv_rows),
    )


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


def _read_folders(path: Path) -> FaceSet:
    return _gather(_folder_rows(path), str(path))


def _folder_rows(path: Path) -> Iterator[Row | str]:
    for split_folder in sorted(p for p in path.iterdir() if p.is_dir()):
        split = _FOLDER_SPLITS.get(split_folder.name.lower())
        if split is None:
            continue
        for class_folder in sorted(p for p in split_folder.iterdir() if p.is_dir()):
            name = class_folder.name.lower()
            name = _SYNONYMS.get(name, name)
            if name not in FER2013_LABELS:
                yield f"{class_folder.relative_to(path)}: not one of the classes {', '.join(FER2013_LABELS)}"
                continue
            for file in sorted(p for p in class_folder.iterdir() if p.suffix.lower() in _IMAGE_SUFFIXES):
                yield _image_row(file, FER2013_LABELS.index(name), split)


def _image_row(file: Path, label: int, split: str) -> Row | str:
    image = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
    if image is None:
        return f"{file}: not a readable image"
    if image.shape != (SIDE_PX, SIDE_PX):
        return f"{file}: expected {SIDE_PX}x{SIDE_PX} px, found {image.shape[1]}x{image.shape[0]}"
    return str(file), np.asarray(image, dtype=np.uint8), label, split, -1

"""Pictures sorted into one folder a class: Kaggle's FER2013 and CK+48, AffectNet's, or anybody's own.

``class/picture``, or with splits ``train/class/picture`` and ``test/class/picture``. Folders
inside a class folder are its subjects: ``class/subject/picture``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from edge.contract.data_forms import FORMS
from edge.contract.facesets import FaceSet
from edge.contract.gathering import Row, gather
from edge.contract.image_files import face_crop, picture_files, subfolders
from edge.contract.labels import (
    CKPLUS_LABELS,
    FER2013_LABELS,
    LABEL_PATTERN,
    LONGEST_LABEL,
    emotion,
    label_set_of,
    same_classes,
)
from edge.errors import ContractError

_SPLITS = {"train": "Training", "training": "Training", "test": "test", "publictest": "PublicTest",
           "privatetest": "PrivateTest", "validation": "PublicTest", "valid": "PublicTest",
           "val": "PublicTest"}  # fmt: skip
#: CK+'s file names, S010_004_00000017.png: subject, sequence, frame.
_CKPLUS_FILE = re.compile(r"(S\d{3})_\d{3}_\d{8}", re.IGNORECASE)
_NAMES: dict[tuple[str, ...], str] = {FER2013_LABELS: "fer2013", CKPLUS_LABELS: "ckplus"}


def read(path: Path) -> FaceSet:
    """Read a folder of class folders, with or without folders of splits above them.

    Where at least half of the class folders are named after emotions, the classes are the
    smallest known label set that has them, and other folders are left out and told. Else the
    folders' own names are the classes, in alphabetical order.

    Raises:
        ContractError: There is no usable picture, or splits and classes lie side by side.
    """
    splits = _split_folders(path)
    classes = _classes(path, [folder.name for top, _ in splits for folder in subfolders(top)])
    if not classes:
        raise ContractError(f"{path}: no file of a data set and no class folder is there; expected {FORMS}")
    name = _NAMES.get(classes, path.resolve().name)
    return gather(_rows(path, splits, classes), classes, str(path), name)


def _split_folders(path: Path) -> list[tuple[Path, str]]:
    """Folders that hold class folders, each with the split that it is."""
    folders = [p for p in subfolders(path) if subfolders(p) or picture_files(p)]
    named = [(p, _SPLITS[p.name.lower()]) for p in folders if p.name.lower() in _SPLITS]
    others = [p.name for p in folders if p.name.lower() not in _SPLITS]
    if not named:
        return [(path, "Training")]
    emotions = [name for name in others if emotion(name)]
    if emotions:
        raise ContractError(
            f"{path}: the folder of a split ({named[0][0].name}) and of a class ({emotions[0]}) lie side by "
            "side; put the class folders into the splits, or leave the splits out"
        )
    counts = Counter(split for _, split in named)
    twice = [p.name for p, split in named if counts[split] > 1]
    if twice:
        raise ContractError(f"{path}: {' and '.join(twice)} are the same split; keep one of them")
    loose = [p.name for p, _ in named if picture_files(p)]
    if loose:
        raise ContractError(
            f"{path}: {loose[0]}/ holds pictures outside class folders, whose class nobody knows; sort them"
        )
    return named


def _classes(path: Path, names: Sequence[str]) -> tuple[str, ...]:
    distinct = sorted(set(names))
    emotions = {found for name in distinct if (found := emotion(name))}
    known = [name for name in distinct if emotion(name)]
    if known and 2 * len(known) >= len(distinct):
        return label_set_of(emotions)
    wrong = [name for name in distinct if not re.fullmatch(LABEL_PATTERN, name) or len(name) > LONGEST_LABEL]
    if wrong:
        raise ContractError(
            f"{path}: the folder {wrong[0]!r} cannot be a class; rename it: up to {LONGEST_LABEL} letters, "
            "digits, _ and -, none of these two first"
        )
    return tuple(distinct)


def _rows(path: Path, splits: Sequence[tuple[Path, str]], classes: tuple[str, ...]) -> Iterator[Row | str]:
    for top, split in splits:
        for folder in subfolders(top):
            (label,) = same_classes([folder.name], classes)
            if label is None:
                yield f"{folder.relative_to(path)}: not one of the classes {', '.join(classes)}"
                continue
            yield from _class_rows(path, folder, label, split)


def _class_rows(path: Path, folder: Path, label: int, split: str) -> Iterator[Row | str]:
    of_subjects = [(file, subject.name) for subject in subfolders(folder) for file in picture_files(subject)]
    for file, subject in [*((file, "") for file in picture_files(folder)), *of_subjects]:
        crop = face_crop(file)
        if isinstance(crop, str):
            yield f"{file.relative_to(path)}: {crop}"
            continue
        ckplus = _CKPLUS_FILE.match(file.stem)
        yield Row(crop, label, split, group=subject or (ckplus[1].upper() if ckplus else ""))

"""One entry for all data sets: whatever lies at a path, as labelled faces."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from edge.contract import ckplus, class_folders, fer2013
from edge.contract.data_forms import FORMS
from edge.contract.facesets import FaceSet
from edge.errors import ContractError


def read(path: Path) -> FaceSet:
    """Read a data set; the layout tells which.

    Rows that cannot be read are left out and listed in ``FaceSet.skipped``.

    Raises:
        ContractError: Nothing usable is there; says what was looked for.
    """
    if path.is_file():
        return _read_npz(path) if path.suffix.lower() == ".npz" else fer2013.read(path)
    if not path.is_dir():
        raise ContractError(f"{path}: no such file or folder; expected {FORMS}")
    inside = fer2013.file_in(path)
    if inside:
        return read(inside)
    present = [name for name in (ckplus.IMAGES, ckplus.EMOTIONS) if (path / name).is_dir()]
    if len(present) == 1:
        raise ContractError(
            f"{path}: holds CK+'s folder {present[0]} without the other; "
            f"put {ckplus.IMAGES} and {ckplus.EMOTIONS} side by side"
        )
    return ckplus.read_sequences(path) if present else class_folders.read(path)


def _read_npz(path: Path) -> FaceSet:
    try:
        # Opened here: numpy leaves a damaged file open.
        with path.open("rb") as handle, np.load(handle, allow_pickle=False) as arrays:
            columns = set(getattr(arrays, "files", ()))
    except (OSError, EOFError, ValueError, zipfile.BadZipFile) as err:
        raise ContractError(f"{path}: cannot be read as an npz: {err}; copy it again") from err
    return ckplus.read_npz(path) if "subject" in columns else fer2013.read(path)

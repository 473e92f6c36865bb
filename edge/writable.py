"""Whether results can be written where an option says: asked before the work, not after it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

#: Makes the error out of the message.
Complaint = Callable[[str], Exception]


def refuse_unwritable_file(path: Path, complaint: Complaint) -> None:
    """Stop where a file of this name cannot be written.

    Args:
        path: The file to write; an older one is replaced.
        complaint: What to raise.

    Raises:
        Exception: What ``complaint`` makes: it is a folder, its folder is missing, or it is forbidden.
    """
    try:
        if path.is_dir():
            raise complaint(f"{path}: is a folder; give the name of a file")
        if not path.absolute().parent.is_dir():
            raise complaint(f"{path}: its folder does not exist; make it")
        _refuse_forbidden(path if path.exists() else path.absolute().parent, path, complaint)
    except OSError as err:
        raise complaint(f"{path}: {err.strerror}") from err


def refuse_unwritable_folder(path: Path, complaint: Complaint) -> None:
    """Stop where no files can be written into a folder of this name, which is made where it is missing.

    Args:
        path: The folder to write into.
        complaint: What to raise.

    Raises:
        Exception: What ``complaint`` makes: it is a file, lies in one, or is forbidden.
    """
    try:
        nearest = next(there for there in (path.absolute(), *path.absolute().parents) if there.exists())
        if not nearest.is_dir():
            raise complaint(f"{path}: {nearest} is a file; give a folder")
        _refuse_forbidden(nearest, path, complaint)
    except OSError as err:
        raise complaint(f"{path}: {err.strerror}") from err


def _refuse_forbidden(written: Path, path: Path, complaint: Complaint) -> None:
    if not os.access(written, os.W_OK | os.X_OK if written.is_dir() else os.W_OK):
        raise complaint(f"{path}: permission denied; let this user write to {written}")

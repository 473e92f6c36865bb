"""Changes that are whole after a power cut: the old state or the new one, never between."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path


def write(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Replace a file in one step and wait until the disk has it."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    descriptor = os.open(str(fresh), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        os.chmod(str(fresh), mode)
        os.replace(str(fresh), str(path))
    except BaseException:
        remove(fresh)
        raise
    sync_folder(path.parent)


def point(link: Path, target: str) -> None:
    """Let a symbolic link point elsewhere in one step and wait until the disk has it."""
    fresh = link.with_name(f".{link.name}.{os.getpid()}.new")
    remove(fresh)
    os.symlink(target, str(fresh))
    os.replace(str(fresh), str(link))
    sync_folder(link.parent)


def remove(path: Path) -> None:
    """Remove a file or link, there or not."""
    try:
        path.unlink()
    except FileNotFoundError:
        return
    sync_folder(path.parent)


def set_aside(path: Path) -> None:
    """Keep what somebody made by hand, beside its place."""
    os.replace(str(path), _kept(path))
    sync_folder(path.parent)


def put_back(path: Path) -> bool:
    """Undo :func:`set_aside`; whether anything had been set aside."""
    if not os.path.lexists(_kept(path)):
        return False
    os.replace(_kept(path), str(path))
    sync_folder(path.parent)
    return True


def _kept(path: Path) -> str:
    return str(path) + ".before-deploy"


def appear(made: Iterable[Path]) -> None:
    """Give folders, made beside as ``.NAME.new``, their names once the disk has all of their content."""
    made = list(made)
    if made:
        _sync_file_system(made[0].parent)
    for path in made:
        os.rename(str(beside(path)), str(path))
        sync_folder(path.parent)


def beside(path: Path) -> Path:
    """Where a folder is made before it has its name; what an earlier attempt left there is no use."""
    return path.with_name(f".{path.name}.new")


def clear(folder: Path) -> None:
    """Remove what interrupted attempts left in a folder."""
    for leftover in folder.glob(".*.new"):
        if leftover.is_dir() and not leftover.is_symlink():
            shutil.rmtree(str(leftover))
        else:
            leftover.unlink()


def _sync_file_system(path: Path) -> None:
    """Wait until a file system is on its disk.

    One wait for thousands of files: a wait for each takes minutes on an SD card. Not ``os.sync``: that also
    waits for other disks, which may be slow or gone.
    """
    import ctypes

    descriptor = os.open(str(path), os.O_RDONLY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(descriptor) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), str(path))
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Wait until the disk has a folder's names."""
    descriptor = os.open(str(folder), os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

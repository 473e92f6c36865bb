"""A folder appears whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from edge.errors import ContractError


def refuse_existing(target: Path, force: bool) -> None:
    """Stop before any work is done.

    Raises:
        ContractError: The target is there and ``force`` is not given, or it is not a folder.
    """
    if target.exists() and not force:
        raise ContractError(f"{target}: is there already; give another --out, or --force to replace it")
    if target.exists() and not target.is_dir():
        raise ContractError(f"{target}: is a file; a bundle is a folder: give another --out")


@contextlib.contextmanager
def folder_in_place(target: Path) -> Iterator[Path]:
    """A new folder beside ``target`` that takes its place, and that of an older one, at the end.

    Where the body raises, the target stays as it was and nothing is left beside it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    written = Path(tempfile.mkdtemp(prefix=f".{target.name}.writing-", dir=target.parent))
    try:
        yield written
        written.chmod(0o755)  # mkdtemp makes it private
        _sync(written)
        _swap(written, target)
    finally:
        shutil.rmtree(written, ignore_errors=True)


def _swap(written: Path, target: Path) -> None:
    if not target.exists():
        written.rename(target)
        return
    replaced = Path(tempfile.mkdtemp(prefix=f".{target.name}.replaced-", dir=target.parent))
    target.rename(replaced / target.name)
    try:
        written.rename(target)
    except OSError:
        (replaced / target.name).rename(target)
        raise
    finally:
        shutil.rmtree(replaced, ignore_errors=True)


def _sync(folder: Path) -> None:
    """A power cut right after the rename must not leave empty files."""
    for path in sorted(folder.iterdir()):
        with path.open("rb") as handle:
            os.fsync(handle.fileno())

"""A folder appears whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from edge.contract import manifest
from edge.errors import ContractError


def refuse_existing(target: Path, force: bool) -> None:
    """Stop before any work is done.

    Raises:
        ContractError: The target is there and ``force`` is not given, or it holds other things than a bundle.
    """
    if not target.exists():
        return
    if not target.is_dir():
        raise ContractError(f"{target}: is a file; a bundle is a folder: give another --out")
    if target.resolve() in (Path.cwd(), *Path.cwd().parents):
        raise ContractError(f"{target}: is the folder that this runs in, or one round it; give another --out")
    strangers = sorted({path.name for path in target.iterdir()}.difference(_names_in_bundle(target)))
    if strangers:
        raise ContractError(
            f"{target}: holds {strangers[0]}, which is no file of a bundle; give another --out: to replace a "
            "bundle is to delete its folder"
        )
    if not force:
        raise ContractError(f"{target}: is there already; give another --out, or --force to replace it")


def _names_in_bundle(folder: Path) -> set[str]:
    """The files of the bundle in a folder; empty where none is there."""
    try:
        document = json.loads((folder / manifest.MANIFEST).read_text(encoding="utf-8"))
        files = {str(file["file"]) for file in document["files"].values()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return set()
    return {manifest.MANIFEST, manifest.GOLDEN, manifest.CARD} | files


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
    old = replaced / target.name
    try:
        target.rename(old)
        written.rename(target)
    finally:
        if not target.exists() and old.exists():  # also where Ctrl-C came between the two
            old.rename(target)
        shutil.rmtree(replaced, ignore_errors=True)


def _sync(folder: Path) -> None:
    """A power cut right after the rename must not leave empty files."""
    for path in sorted(folder.iterdir()):
        with path.open("rb") as handle:
            os.fsync(handle.fileno())

"""A copy of what a wheel is built from: building in the checkout would leave a stale ``build/`` there."""

from __future__ import annotations

import shutil
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
_SOURCES = ("edge", "training", "convert", "deploy", "config", "pyproject.toml", "README.md", "LICENSE")


def copy_sources(folder: Path) -> None:
    """Copy packages and build files into the folder."""
    for name in _SOURCES:
        source = REPOSITORY / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / name)

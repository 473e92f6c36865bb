"""The project itself as a wheel, out of a checkout; the same sources give the same bytes."""

from __future__ import annotations

import email.parser
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from edge.errors import EmotionEdgeError

_SOURCES = ("edge", "training", "convert", "deploy", "config", "pyproject.toml", "README.md", "LICENSE")
_NOT_SOURCES = shutil.ignore_patterns("__pycache__", "*.pyc", "*.egg-info")
#: The time of every file in the wheel, so that it does not depend on when it is built: 1980-01-01.
_EPOCH_S = "315532800"


def project_wheel(project: Path, cache: Path) -> Path:
    """Build the wheel, unless these very sources were built before.

    Args:
        project: The checkout.
        cache: Where built wheels are kept.

    Raises:
        EmotionEdgeError: It is no checkout, or does not build.
    """
    if not (project / "pyproject.toml").is_file():
        raise EmotionEdgeError(f"{project}: no pyproject.toml; run this in a checkout of the project")
    with tempfile.TemporaryDirectory() as scratch:
        # Built from a copy: building in the checkout leaves a stale build/ there.
        copy = Path(scratch) / "sources"
        copy.mkdir()
        for name in _SOURCES:
            source = project / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=_NOT_SOURCES)
            else:
                shutil.copy(source, copy / name)
        built = cache / _digest(copy)
        if not built.is_dir():
            _build(copy, Path(scratch) / "wheel")
            cache.mkdir(parents=True, exist_ok=True)
            shutil.copytree(Path(scratch) / "wheel", built.with_suffix(".new"), dirs_exist_ok=True)
            built.with_suffix(".new").rename(built)
    return next(built.glob("*.whl"))


def requirements(wheel: Path) -> list[str]:
    """What a wheel needs to be installed, without its extras."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = email.parser.Parser().parsestr(archive.read(name).decode())
    return [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]


def _digest(sources: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(sources.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(sources)}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _build(sources: Path, into: Path) -> None:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    done = subprocess.run(
        [*command, "--wheel-dir", str(into), str(sources)],
        env={**os.environ, "SOURCE_DATE_EPOCH": _EPOCH_S},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise EmotionEdgeError(f"the project does not build: {done.stderr.strip()[-800:]}")

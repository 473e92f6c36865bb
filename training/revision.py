"""Which code made a result."""

from __future__ import annotations

import subprocess
from pathlib import Path


def code_revision(folder: Path = Path(__file__).parent) -> str | None:
    """The git revision of the code in a folder, "-dirty" appended where tracked files differ from it.

    None where the code does not lie in a git checkout of its own, as after ``pip install``.
    """
    if _git(folder, "ls-files", "--error-unmatch", ".") is None:
        return None
    revision = _git(folder, "rev-parse", "HEAD")
    if revision is None:
        return None
    return f"{revision}-dirty" if _git(folder, "status", "--porcelain", "--untracked-files=no") else revision


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None

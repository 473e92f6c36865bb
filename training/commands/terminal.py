"""What commands tell, and how they read their faces."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from edge.contract.facesets import FaceSet

console = Console()


def say(line: str) -> None:
    """One line, as it is."""
    console.print(line, highlight=False, soft_wrap=True, markup=False)


def read(data: Path, votes: Path | None) -> FaceSet:
    """The faces, with their FER+ votes where given; tells what had to be left out."""
    from edge.contract import datasets, ferplus

    faces = datasets.read(data)
    if faces.skipped:
        say(f"{data}: {len(faces.skipped)} rows skipped, {len(faces)} used; the first of them:")
        for line in faces.skipped[:5]:
            say(f"  {line}")
    return faces if votes is None else ferplus.join(faces, votes)

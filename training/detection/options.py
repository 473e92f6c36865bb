"""Options that the commands about detectors share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Boxed = Annotated[
    list[Path],
    typer.Option("--data", help="Folder with boxes made by people, COCO or WIDER FACE; may be repeated."),
]
Weights = Annotated[
    Path | None,
    typer.Option("--weights", help="Folder of third-party weights; the user's cache where not given."),
]
OurDetector = Annotated[Path, typer.Option("--bundle", help="Folder of a detector of our own.")]
OurDetectors = Annotated[
    list[Path] | None, typer.Option("--bundle", help="Folder of a detector of our own; may be repeated.")
]

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
    typer.Option(
        "--weights",
        help="Folder of third-party weights; default: EMOTION_EDGE_WEIGHTS, else the user's cache.",
    ),
]
OurDetector = Annotated[Path, typer.Option("--bundle", help="Folder of a detector of our own.")]
OurDetectors = Annotated[
    list[Path] | None, typer.Option("--bundle", help="Folder of a detector of our own; may be repeated.")
]
Only = Annotated[
    list[str] | None,
    typer.Option("--only", help="Only those whose name holds this text; may be repeated."),
]


def is_chosen(name: str, only: list[str] | None) -> bool:
    """Whether ``--only`` lets a name through; without it, every one is."""
    return not only or any(text in name for text in only)


def none_chosen(only: list[str] | None) -> typer.BadParameter:
    """What to raise where it let nothing through that is here."""
    texts = " or ".join(map(repr, only or []))
    return typer.BadParameter(f"nothing that is here has {texts} in its name", param_hint="--only")

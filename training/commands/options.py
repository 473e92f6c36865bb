"""Options that several commands share."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from edge.contract.data_forms import FORMS

DataPath = Annotated[Path, typer.Option("--data", help=f"The faces: {FORMS}.")]
VotesPath = Annotated[
    Path | None, typer.Option("--votes", help="FER+ votes for FER2013: fer2013new.csv or .npz.")
]
FoldText = Annotated[
    str | None,
    typer.Option("--fold", help="K/N: the Kth of N parts of Training, by subject, becomes the split fold."),
]
AllowLeakage = Annotated[
    bool, typer.Option("--allow-leakage", help="Judge faces although training has seen them.")
]
EpochLimit = Annotated[int | None, typer.Option("--epochs", min=1, help="Instead of the recipe's.")]
MinuteLimit = Annotated[
    float | None,
    typer.Option("--minutes", min=0.01, help="Of training; measured batches a second say how many batches."),
]
ImageLimit = Annotated[
    int | None, typer.Option("--train-images", min=2, help="Faces to train on, at random.")
]
EvalLimit = Annotated[
    float | None,
    typer.Option("--eval-minutes", min=0.01, help="For judging: a slow network is judged on fewer faces."),
]


def fold_of(text: str | None) -> tuple[int, int] | None:
    """``"3/10"`` as (3, 10).

    Raises:
        typer.BadParameter: It is no such text.
    """
    if text is None:
        return None
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if not match or not 1 <= int(match[1]) <= int(match[2]) or int(match[2]) < 2:
        raise typer.BadParameter(f"{text!r} is not K/N with K from 1 to N, as 3/10", param_hint="--fold")
    return int(match[1]), int(match[2])

"""``python -m training ladder``: what each part of a recipe earns."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from training.commands.options import DataPath, VotesPath
from training.commands.terminal import say


def ladder(
    ladder_file: Annotated[
        Path, typer.Option("--ladder", help="Recipe and changes, such as config/ladder.yaml.")
    ],
    data: DataPath,
    out: Annotated[Path, typer.Option(help="Folder for the runs and the table; made where it is missing.")],
    votes: VotesPath = None,
) -> None:
    """Train a recipe part by part, and write what each part earns.

    Interrupted, the same command goes on where it stopped.
    """
    from training.ladder import climb, spec

    request = climb.Request(spec.load(ladder_file), data, votes, out)
    try:
        climb.climb(request, say)
    except KeyboardInterrupt:
        typer.echo(
            f"\ninterrupted; the same command goes on, and {out}/ladder.md has what is there", err=True
        )
        raise typer.Exit(130) from None

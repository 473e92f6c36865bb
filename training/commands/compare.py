"""``python -m training compare`` and ``adopt``: many networks in one table, published ones among them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from training.commands.options import DataPath, EpochLimit, EvalLimit, ImageLimit, MinuteLimit, VotesPath
from training.commands.terminal import console, read, say


def compare(
    data: DataPath,
    out: Annotated[Path, typer.Option(help="Folder for the runs and the table; made where it is missing.")],
    names: Annotated[
        list[str] | None, typer.Argument(help="Recipes by name, or .yaml files; all of ours without any.")
    ] = None,
    votes: VotesPath = None,
    epochs: EpochLimit = None,
    minutes: MinuteLimit = None,
    train_images: ImageLimit = None,
    eval_minutes: EvalLimit = None,
    runs: Annotated[
        list[Path] | None,
        typer.Option(
            "--runs", help="A finished run, whatever its budget; replaces the row of its folder's name."
        ),
    ] = None,
    bundles: Annotated[
        list[Path] | None, typer.Option("--bundle", help="A converted network, judged on its .tflite file.")
    ] = None,
) -> None:
    """Train many networks on the same faces within the same limits, and write one table.

    Interrupted, the same command goes on where it stopped.
    """
    from training.budget.plan import Limits
    from training.comparison import compare as run

    limits = Limits(epochs, minutes, train_images, eval_minutes)
    request = run.Request(
        tuple(names or ()), data, votes, out, limits, tuple(runs or ()), tuple(bundles or ())
    )
    try:
        complete = run.compare(request, read(data, votes), say)
    except KeyboardInterrupt:
        typer.echo(
            f"\ninterrupted; the same command goes on, and {out}/comparison.md has what is there", err=True
        )
        raise typer.Exit(130) from None
    raise typer.Exit(0 if complete else 1)


def adopt(
    network: Annotated[str, typer.Option(help="Of the registry, such as mini-xception.")],
    weights: Annotated[Path, typer.Option(help="The file that its authors publish (.h5, .hdf5).")],
    data: DataPath,
    out: Annotated[Path, typer.Option(help="The run folder to make.")],
) -> None:
    """Judge published weights, and make a run folder of them for compare and convert."""
    from training import networks, quiet
    from training.evaluation import report

    try:
        networks.known(network)
    except ValueError as err:
        raise typer.BadParameter(str(err), param_hint="--network") from err
    faces = read(data, None)
    quiet.import_keras()
    from training.runs import adopt as adopting

    for evaluation in adopting.adopt(network, weights, faces, out):
        report.show(console, evaluation, faces.classes)
    say(f"{out}: model.keras, metrics.json, confusion.png, samples.png")

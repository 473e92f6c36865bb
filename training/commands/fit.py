"""``python -m training fit``: train one network."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from training.commands.options import (
    AllowLeakage,
    DataPath,
    EpochLimit,
    EvalLimit,
    FoldText,
    ImageLimit,
    MinuteLimit,
    VotesPath,
    fold_of,
)
from training.commands.terminal import console, read, say

if TYPE_CHECKING:
    from training.budget.limited import Run
    from training.budget.plan import Limits
    from training.fitting.start import Start


def fit(
    recipe: Annotated[Path, typer.Option(help="The recipe, such as config/training.yaml.")],
    data: DataPath,
    out: Annotated[Path, typer.Option(help="Folder for checkpoints and results; made where it is missing.")],
    votes: VotesPath = None,
    fold: FoldText = None,
    epochs: EpochLimit = None,
    minutes: MinuteLimit = None,
    train_images: ImageLimit = None,
    eval_minutes: EvalLimit = None,
    init_from: Annotated[
        Path | None,
        typer.Option(
            help="Where training starts: a model.keras or a bundle (or a shipped one's name), same network."
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on after the last whole epoch in --out.")
    ] = False,
    allow_leakage: AllowLeakage = False,
) -> None:
    """Train a network; an interrupted run is continued with --resume."""
    from training.budget.plan import Limits

    limits = Limits(epochs, minutes, train_images, eval_minutes)
    request = _Request(recipe, data, votes, fold_of(fold), limits, init_from, allow_leakage)
    try:
        _fit(request, out, resume)
    except KeyboardInterrupt:
        from training.fitting import checkpoint

        command = shlex.join(["python", "-m", "training", "fit", *request.as_options(), "--out", str(out)])
        if checkpoint.exists(out):
            told = f"interrupted; go on after the last whole epoch with\n  {command} --resume"
        else:
            told = (
                f"interrupted before the first epoch was over, nothing saved; start again with\n  {command}"
            )
        typer.echo(f"\n{told}", err=True)
        raise typer.Exit(130) from None


class _Request(NamedTuple):
    recipe: Path
    data: Path
    votes: Path | None
    fold: tuple[int, int] | None
    limits: Limits
    init_from: Path | None
    allow_leakage: bool

    def as_options(self) -> list[str]:
        options = ["--recipe", str(self.recipe), "--data", str(self.data)]
        options += ["--votes", str(self.votes)] if self.votes else []
        options += ["--fold", f"{self.fold[0]}/{self.fold[1]}"] if self.fold else []
        options += ["--init-from", str(self.init_from)] if self.init_from else []
        options += ["--allow-leakage"] if self.allow_leakage else []
        return options + self.limits.as_options()


def _fit(request: _Request, out: Path, resume: bool) -> None:
    from training import networks, progress, quiet
    from training.evaluation import report

    start = _start(request.init_from, out, resume) if request.init_from else None
    run = _prepared(request, start, out, resume)
    held_out = len(run.held_out) if run.held_out else 0
    say(f"{run.recipe.network}: {len(run.kept)} training faces, {held_out} held out")
    quiet.import_keras()
    from training import devices
    from training.fitting.fit import fit as train
    from training.runs import outputs

    devices.use_all()
    with progress.shown(run.recipe.epochs, console) as shown:
        trained = train(run.recipe, run.kept, run.held_out, out, resume, shown, request.init_from)
    outcome = outputs.Outcome(
        run.recipe,
        run.faces,
        run.kept,
        run.held_out,
        trained,
        "fine-tuned" if start else networks.start_of(run.recipe.network),
        start.title if start else None,
        request.fold,
        request.limits.as_dict(),
    )
    for evaluation in outputs.write(out, outcome):
        report.show(console, evaluation, run.faces.classes)
    say(f"{out}: model.keras, metrics.json, history.csv, curves.png, confusion.png, samples.png")


def _start(given: Path, out: Path, resume: bool) -> Start:
    from training.fitting import start
    from training.runs import folder as run_folder

    return start.resumed(given, run_folder.begun_from(out)) if resume else start.of(given)


def _prepared(request: _Request, start: Start | None, out: Path, resume: bool) -> Run:
    """Recipe and faces within the limits, and the folder claimed for them."""
    from edge.contract import class_choice, strict_yaml
    from training import quiet
    from training.budget import limited
    from training.budget import plan as budget
    from training.data import protocol
    from training.evaluation import evaluate
    from training.recipe import Recipe
    from training.runs import folder as run_folder

    recipe = strict_yaml.load(request.recipe, Recipe)
    faces = class_choice.chosen(read(request.data, request.votes), recipe.labels, recipe.drop_classes)
    if request.fold:
        faces = protocol.fold(faces, *request.fold, recipe.held_out_copies)
    if not request.allow_leakage:
        protocol.require_splits_apart(faces)
    run = limited.Run(recipe, faces, *evaluate.divided(faces, recipe))
    started_from = start.identity if start else None
    if not request.limits.as_dict():
        run_folder.claim(out, run.recipe, run.kept, resume, started_from)
        return run
    quiet.import_keras()  # the speed that minutes are planned with is measured
    planned = limited.plan(run, request.limits, out, resume)
    run = limited.within(run, planned)
    run_folder.claim(out, run.recipe, run.kept, resume, started_from)
    budget.save(out, request.limits, planned)
    return run

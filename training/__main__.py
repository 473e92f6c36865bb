"""The command line of the training stage: ``python -m training fit|evaluate``."""

# Everything heavy is imported inside the commands: --help must not wait for Keras.

from __future__ import annotations

import json
import logging
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from edge.contract import command_line

if TYPE_CHECKING:
    from edge.contract.facesets import FaceSet

app = typer.Typer(
    help="Train the emotion classifier on FER2013 and judge it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
console = Console()

DataPath = Annotated[
    Path,
    typer.Option("--data", help="FER2013: fer2013.csv (.gz, .zip), .npz, or a folder with train/ and test/."),
]


@app.command()
def fit(
    recipe: Annotated[Path, typer.Option(help="The recipe, such as config/training.yaml.")],
    data: DataPath,
    out: Annotated[Path, typer.Option(help="Folder for checkpoints and results; made where it is missing.")],
    votes: Annotated[
        Path | None, typer.Option(help="FER+ votes for a recipe that uses them: fer2013new.csv or .npz.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on after the last whole epoch in --out.")
    ] = False,
) -> None:
    """Train a network; an interrupted run is continued with --resume."""
    try:
        _fit(recipe, data, votes, out, resume)
    except KeyboardInterrupt:
        from training import checkpoint

        options = ["--recipe", str(recipe), "--data", str(data), "--out", str(out)]
        options += ["--votes", str(votes)] if votes else []
        command = shlex.join(["python", "-m", "training", "fit", *options])
        if checkpoint.exists(out):
            say = f"interrupted; go on after the last whole epoch with\n  {command} --resume"
        else:
            say = f"interrupted before the first epoch was over, nothing saved; start again with\n  {command}"
        typer.echo(f"\n{say}", err=True)
        raise typer.Exit(130) from None


def _fit(recipe_path: Path, data: Path, votes: Path | None, out: Path, resume: bool) -> None:
    from edge.contract import ferplus, strict_yaml
    from training import evaluate, progress, quiet, report, run_folder
    from training.recipe import Recipe

    recipe = strict_yaml.load(recipe_path, Recipe)
    faces = _read(data) if votes is None else ferplus.join(_read(data), votes)
    kept, held_out = evaluate.divided(faces, recipe)
    run_folder.claim(out, recipe, kept, resume)
    _say(f"{recipe.network}: {len(kept)} training faces, {len(held_out) if held_out else 0} held out")
    quiet.import_keras()
    from training import devices, outputs
    from training.fit import fit as run

    devices.use_all()

    with progress.shown(recipe.epochs, console) as shown:
        trained = run(recipe, kept, held_out, out, resume, shown)
    evaluations = outputs.write(out, outputs.Outcome(recipe, faces, kept, held_out, trained))
    for evaluation in evaluations:
        report.show(console, evaluation, faces.classes)
    _say(f"{out}: model.keras, metrics.json, history.csv, curves.png, confusion.png")


@app.command(name="evaluate")
def evaluate_command(
    model: Annotated[
        Path, typer.Option(help="A .keras file (with its metrics.json beside it) or a bundle folder.")
    ],
    data: DataPath,
    split: Annotated[
        str, typer.Option(help="Training, PublicTest, PrivateTest, test (Kaggle's folders) or held-out.")
    ],
    recipe: Annotated[
        Path | None, typer.Option(help="The recipe that drew held-out, where metrics.json is not there.")
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the confusion matrix as a picture.")] = None,
    final: Annotated[
        bool, typer.Option("--final", help="Touch PrivateTest: once a release, never to choose anything.")
    ] = False,
) -> None:
    """Judge a model or a bundle on one split, officially and without copies of Training images."""
    from edge.contract import strict_yaml
    from training import evaluate, quiet, report, scorer
    from training.recipe import Recipe

    _require_allowed(split, evaluate.SPLIT_NAMES, final)
    given = strict_yaml.load(recipe, Recipe) if recipe else None
    if model.suffix == ".keras":
        quiet.import_keras()
    judged = scorer.load(model)
    faces, training = evaluate.faces_of(_read(data), split, given or judged.recipe)
    evaluation = evaluate.judge(judged.of(faces), faces, training, split)
    _say(judged.described)
    report.show(console, evaluation, faces.classes)
    if json_file is not None:
        plain = {"schema": "training-evaluation/1", "model": str(model), "split": split}
        json_file.write_text(json.dumps(plain | evaluation.as_dict(), indent=2) + "\n", encoding="utf-8")
    if out is not None:
        from training import plots

        out.mkdir(parents=True, exist_ok=True)
        title = f"{model.name}, {split} ({len(faces)} faces)"
        plots.save_confusion(out / "confusion.png", evaluation.official.confusion, faces.classes, title)


def _require_allowed(split: str, names: tuple[str, ...], final: bool) -> None:
    if split not in names:
        raise typer.BadParameter(f"{split!r} is none of {', '.join(names)}", param_hint="--split")
    if split == "PrivateTest" and not final:
        raise typer.BadParameter(
            "PrivateTest is the final split; use PublicTest, or add --final if this is a release",
            param_hint="--split",
        )
    if split == "PrivateTest":
        _say("PrivateTest: the final split is being used; choose nothing by these figures")
    if split == "test":
        _say("test: PublicTest and PrivateTest together, as Kaggle's folders mix them")


def _read(data: Path) -> FaceSet:
    from edge.contract import fer2013

    faces = fer2013.read(data)
    if faces.skipped:
        _say(f"{data}: {len(faces.skipped)} rows skipped, {len(faces)} used; the first of them:")
        for line in faces.skipped[:5]:
            _say(f"  {line}")
    return faces


def _say(line: str) -> None:
    console.print(line, highlight=False, soft_wrap=True, markup=False)


def main() -> None:
    """Run the command line."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    command_line.run(app)


if __name__ == "__main__":
    main()

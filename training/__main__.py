"""The command line of the training stage: ``python -m training fit|evaluate|summarize|data-report``."""

# Everything heavy is imported inside the commands: --help must not wait for Keras.

from __future__ import annotations

import json
import logging
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from edge.contract import command_line
from edge.contract.data_forms import FORMS, LabelSet

if TYPE_CHECKING:
    from edge.contract.facesets import FaceSet
    from training.evaluate import Evaluation
    from training.recipe import Recipe

app = typer.Typer(
    help="Train the emotion classifier on FER2013 and judge it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
console = Console()

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
DropClasses = Annotated[
    list[str] | None, typer.Option("--drop-classes", help="As drop_classes of a recipe; may be repeated.")
]


@app.command()
def fit(
    recipe: Annotated[Path, typer.Option(help="The recipe, such as config/training.yaml.")],
    data: DataPath,
    out: Annotated[Path, typer.Option(help="Folder for checkpoints and results; made where it is missing.")],
    votes: VotesPath = None,
    fold: FoldText = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on after the last whole epoch in --out.")
    ] = False,
    allow_leakage: AllowLeakage = False,
) -> None:
    """Train a network; an interrupted run is continued with --resume."""
    part = _fold(fold)
    try:
        _fit(recipe, data, votes, part, out, resume, allow_leakage)
    except KeyboardInterrupt:
        from training import checkpoint

        options = ["--recipe", str(recipe), "--data", str(data), "--out", str(out)]
        options += ["--votes", str(votes)] if votes else []
        options += ["--fold", fold] if fold else []
        options += ["--allow-leakage"] if allow_leakage else []
        command = shlex.join(["python", "-m", "training", "fit", *options])
        if checkpoint.exists(out):
            say = f"interrupted; go on after the last whole epoch with\n  {command} --resume"
        else:
            say = f"interrupted before the first epoch was over, nothing saved; start again with\n  {command}"
        typer.echo(f"\n{say}", err=True)
        raise typer.Exit(130) from None


def _fit(
    recipe_path: Path,
    data: Path,
    votes: Path | None,
    fold: tuple[int, int] | None,
    out: Path,
    resume: bool,
    allow_leakage: bool,
) -> None:
    from edge.contract import class_choice, strict_yaml
    from training import evaluate, progress, protocol, quiet, report, run_folder
    from training.recipe import Recipe

    recipe = strict_yaml.load(recipe_path, Recipe)
    faces = class_choice.chosen(_read(data, votes), recipe.labels, recipe.drop_classes)
    if fold:
        faces = protocol.fold(faces, *fold, recipe.held_out_copies)
    if not allow_leakage:
        protocol.require_splits_apart(faces)
    kept, held_out = evaluate.divided(faces, recipe)
    run_folder.claim(out, recipe, kept, resume)
    _say(f"{recipe.network}: {len(kept)} training faces, {len(held_out) if held_out else 0} held out")
    quiet.import_keras()
    from training import devices, outputs
    from training.fit import fit as run

    devices.use_all()

    with progress.shown(recipe.epochs, console) as shown:
        trained = run(recipe, kept, held_out, out, resume, shown)
    evaluations = outputs.write(out, outputs.Outcome(recipe, faces, kept, held_out, trained, fold))
    for evaluation in evaluations:
        report.show(console, evaluation, faces.classes)
    _say(f"{out}: model.keras, metrics.json, history.csv, curves.png, confusion.png")


@app.command(name="evaluate")
def evaluate_command(
    model: Annotated[
        Path, typer.Option(help="A .keras file (with its metrics.json beside it) or a bundle folder.")
    ],
    data: DataPath,
    split: Annotated[str, typer.Option(help="Training, PublicTest, PrivateTest, test, fold or held-out.")],
    votes: VotesPath = None,
    fold: FoldText = None,
    recipe: Annotated[
        Path | None, typer.Option(help="The recipe that drew held-out, where metrics.json is not there.")
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the confusion matrix as a picture.")] = None,
    final: Annotated[
        bool, typer.Option("--final", help="Touch PrivateTest: once a release, never to choose anything.")
    ] = False,
    allow_leakage: AllowLeakage = False,
) -> None:
    """Judge a model or a bundle on one split, officially and without copies of Training images."""
    from edge.contract import strict_yaml
    from training import evaluate, final_record, quiet, report, scorer
    from training.recipe import Recipe

    _require_allowed(split, evaluate.SPLIT_NAMES, final)
    if split == "PrivateTest":
        final_record.require_writable(model)
    given = strict_yaml.load(recipe, Recipe) if recipe else None
    if model.suffix == ".keras":
        quiet.import_keras()
    judged = scorer.load(model)
    recipe_used = given or judged.recipe
    every = _as_judged(_read(data, votes), judged.labels, _fold(fold), recipe_used)
    faces, training = evaluate.faces_of(every, split, recipe_used)
    if not allow_leakage:
        evaluate.require_unseen(faces, training, split, model.parent)
    evaluation = evaluate.judge(judged.of(faces), faces, training, split)
    if split == "PrivateTest":
        _record_final(model, data, faces, evaluation)
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


@app.command()
def summarize(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Folders of finished runs.")],
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
) -> None:
    """Mean and standard deviation over the seeds or folds of each recipe among the runs."""
    from training import summary, summary_table

    summaries = summary.summarize(runs)
    summary_table.show(console, summaries)
    if json_file is not None:
        plain = {"schema": "training-summary/1", "summaries": [one.as_dict() for one in summaries]}
        json_file.write_text(json.dumps(plain, indent=2) + "\n", encoding="utf-8")


@app.command(name="data-report")
def data_report_command(
    data: DataPath,
    votes: VotesPath = None,
    labels: Annotated[LabelSet, typer.Option(help="Count under another label set.")] = "own",
    drop_classes: DropClasses = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for report.json, distribution.png and samples.png.")
    ] = None,
) -> None:
    """Tell what a data set holds: counts, copies, conflicting labels, images without a face."""
    from edge.contract import class_choice
    from training import data_report, data_table

    faces = class_choice.chosen(_read(data, votes), labels, ())
    left = class_choice.without(faces, drop_classes or ()).classes
    dropped = [name for name in faces.classes if name not in left]
    report = data_report.examine(faces)
    data_table.show(console, report, dropped)
    if out is not None:
        from training import data_files

        data_files.write(out, report, faces, dropped)
        _say(f"{out}: report.json, distribution.png, samples.png")


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
        _say("test: of FER2013, PublicTest and PrivateTest together, as Kaggle's folders mix them")


def _fold(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if not match or not 1 <= int(match[1]) <= int(match[2]) or int(match[2]) < 2:
        raise typer.BadParameter(f"{text!r} is not K/N with K from 1 to N, as 3/10", param_hint="--fold")
    return int(match[1]), int(match[2])


def _read(data: Path, votes: Path | None) -> FaceSet:
    from edge.contract import datasets, ferplus

    faces = datasets.read(data)
    if faces.skipped:
        _say(f"{data}: {len(faces.skipped)} rows skipped, {len(faces)} used; the first of them:")
        for line in faces.skipped[:5]:
            _say(f"  {line}")
    return faces if votes is None else ferplus.join(faces, votes)


def _as_judged(
    faces: FaceSet, labels: tuple[str, ...], fold: tuple[int, int] | None, recipe: Recipe | None
) -> FaceSet:
    from edge.contract import class_choice
    from training import protocol

    known = class_choice.for_network(faces, labels)
    if len(known) < len(faces):
        _say(f"{len(faces) - len(known)} faces left out: no label, or one that the network does not have")
    if fold is None:
        return known
    return protocol.fold(known, *fold, recipe.held_out_copies if recipe else "near")


def _record_final(model: Path, data: Path, faces: FaceSet, evaluation: Evaluation) -> None:
    from datetime import datetime, timezone

    from training import final_record
    from training.revision import code_revision

    now = datetime.now(timezone.utc)
    looks = final_record.add(model, data, faces, evaluation.split, evaluation.as_dict(), code_revision(), now)
    _say(
        f"recorded in {final_record.path(model)}: look {looks.of_model} of this model at these faces, "
        f"{looks.at_faces} of all models known here"
    )


def _say(line: str) -> None:
    console.print(line, highlight=False, soft_wrap=True, markup=False)


def main() -> None:
    """Run the command line."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    command_line.run(app)


if __name__ == "__main__":
    main()

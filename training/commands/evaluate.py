"""``python -m training evaluate``: judge a model or a bundle on one split."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from training import out_folder
from training.commands.options import AllowLeakage, DataPath, FoldText, VotesPath, fold_of
from training.commands.terminal import console, read, say

if TYPE_CHECKING:
    from edge.contract.facesets import FaceSet
    from training.evaluation.evaluate import Evaluation
    from training.recipe import Recipe


def evaluate(
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
    out: Annotated[Path | None, out_folder.option("the confusion matrix as a picture")] = None,
    final: Annotated[
        bool, typer.Option("--final", help="Touch PrivateTest: once a release, never to choose anything.")
    ] = False,
    allow_leakage: AllowLeakage = False,
) -> None:
    """Judge a model or a bundle on one split, officially and without copies of Training images."""
    from edge.contract import class_choice, strict_yaml
    from training import quiet
    from training.evaluation import evaluate as judging
    from training.evaluation import final_record, report, scorer
    from training.recipe import Recipe

    _require_allowed(split, judging.SPLIT_NAMES, final)
    if split == "PrivateTest":
        final_record.require_writable(model)
    given = strict_yaml.load(recipe, Recipe) if recipe else None
    if model.suffix == ".keras":
        quiet.import_keras()
    judged = scorer.load(model)
    recipe_used = given or judged.recipe
    every = _divided(read(data, votes), judged.labels, split, fold_of(fold), recipe_used)
    faces, training = judging.faces_of(every, split, recipe_used)
    if not allow_leakage:
        kept = _kept_by_run(every, recipe_used, model) if split == judging.FOLD else None
        judging.require_unseen(faces, training, split, model.parent, kept)
    faces = class_choice.for_network(faces, judged.labels)
    evaluation = judging.judge(judged.of(faces), faces, training, split)
    if split == "PrivateTest":
        _record_final(model, data, faces, evaluation)
    say(judged.described)
    report.show(console, evaluation, faces.classes)
    if json_file is not None:
        plain = {"schema": "training-evaluation/1", "model": str(model), "split": split}
        json_file.write_text(json.dumps(plain | evaluation.as_dict(), indent=2) + "\n", encoding="utf-8")
    if out is not None:
        _draw_confusion(out, f"{model.name}, {split} ({len(faces)} faces)", evaluation, faces.classes)


def _require_allowed(split: str, names: tuple[str, ...], final: bool) -> None:
    if split not in names:
        raise typer.BadParameter(f"{split!r} is none of {', '.join(names)}", param_hint="--split")
    if split == "PrivateTest" and not final:
        raise typer.BadParameter(
            "PrivateTest is the final split; use PublicTest, or add --final if this is a release",
            param_hint="--split",
        )
    if split == "PrivateTest":
        say("PrivateTest: the final split is being used; choose nothing by these figures")
    if split == "test":
        say("test: of FER2013, PublicTest and PrivateTest together, as Kaggle's folders mix them")


def _divided(
    faces: FaceSet,
    labels: tuple[str, ...],
    split: str,
    fold: tuple[int, int] | None,
    recipe: Recipe | None,
) -> FaceSet:
    """The faces with their splits: what a run has drawn is drawn by the run's own labels."""
    from edge.contract import class_choice
    from training.data import protocol
    from training.evaluation import evaluate as judging

    if recipe is not None and split in (judging.HELD_OUT, judging.FOLD):
        return judging.as_learnt(faces, recipe, fold)
    known = class_choice.for_network(faces, labels)
    if len(known) < len(faces):
        say(f"{len(faces) - len(known)} faces left out: no label, or one that the network does not have")
    if fold is None:
        return known
    return protocol.fold(known, *fold, recipe.held_out_copies if recipe else "near")


def _kept_by_run(faces: FaceSet, recipe: Recipe | None, model: Path) -> FaceSet:
    """What a run with this fold has learnt; the model's folder must tell what it was trained on."""
    from edge.errors import ContractError
    from training.evaluation import evaluate as judging
    from training.runs import folder as run_folder

    if recipe is None or not run_folder.noted(model.parent):
        raise ContractError(
            f"{model}: nothing tells which fold it was trained without, so it may have learnt faces of this "
            "one; judge the model.keras of its run, or state it with --allow-leakage"
        )
    return judging.divided(faces, recipe)[0]


def _record_final(model: Path, data: Path, faces: FaceSet, evaluation: Evaluation) -> None:
    from datetime import datetime, timezone

    from training.evaluation import final_record
    from training.revision import code_revision

    now = datetime.now(timezone.utc)
    looks = final_record.add(model, data, faces, evaluation.split, evaluation.as_dict(), code_revision(), now)
    say(
        f"recorded in {final_record.path(model)}: look {looks.of_model} of this model at these faces, "
        f"{looks.at_faces} of all models known here"
    )


def _draw_confusion(out: Path, title: str, evaluation: Evaluation, classes: tuple[str, ...]) -> None:
    from training import plots

    out.mkdir(parents=True, exist_ok=True)
    plots.save_confusion(out / "confusion.png", evaluation.official.confusion, classes, title)

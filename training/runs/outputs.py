"""What a finished run leaves behind: model.keras, curves.png, confusion.png, samples.png, metrics.json."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from edge.contract import class_choice
from edge.contract.facesets import FaceSet
from training import networks, plots
from training.evaluation.evaluate import Evaluation, judge
from training.evaluation.metrics import Floats
from training.fitting import temperature
from training.fitting.fit import Trained, logits_of
from training.networks.cost import multiply_accumulates
from training.recipe import Recipe
from training.revision import code_revision
from training.runs import folder as run_folder
from training.runs.votes_network import votes_network

#: Splits that a run reports on by itself; PrivateTest is asked for in so many words.
_REPORTED = {"PublicTest": "public_test", "test": "test", "fold": "fold_test"}


@dataclass(frozen=True)
class Outcome:
    """A finished run and what it is judged on.

    Attributes:
        faces: All that was read.
        kept: What the network was trained on.
        held_out: What it has not seen of Training; None where the recipe holds nothing out.
        fold: Which part of a cross-validation, as (3, 10); None where there is none.
        start: Where the first weights come from: "imagenet", "scratch", "published", or "fine-tuned"
            for those of an earlier run or a bundle.
        init_from: What was fine-tuned, for others to read; None where nothing was.
        limits: Those of a shortened run.
    """

    recipe: Recipe
    faces: FaceSet
    kept: FaceSet
    held_out: FaceSet | None
    trained: Trained
    start: str
    init_from: str | None = None
    fold: tuple[int, int] | None = None
    limits: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Judged:
    faces: FaceSet
    probabilities: Floats
    evaluation: Evaluation


def write(folder: Path, outcome: Outcome) -> list[Evaluation]:
    """Write all outputs (history.csv is there since the first epoch) and return what they say."""
    _save_without_optimizer(outcome, folder / "model.keras")
    heat, judged = _judged(outcome)
    evaluations = [one.evaluation for one in judged]
    if outcome.trained.history:
        plots.save_curves(folder / "curves.png", outcome.trained.history)
    for one in judged[:1]:
        _picture(folder, outcome.recipe.network, one)
    # Last: a folder with metrics.json is a finished run.
    metrics = _metrics(outcome, heat, evaluations)
    (folder / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    if outcome.trained.votes is not None:
        _write_ferplus(folder / run_folder.VOTES_FOLDER, outcome)
    return evaluations


def _write_ferplus(folder: Path, outcome: Outcome) -> None:
    """The votes' head as a run of its own, judged by the votes' majority."""
    folder.mkdir(exist_ok=True)
    network = votes_network(outcome.trained, outcome.recipe)
    held_out = outcome.held_out
    write(
        folder,
        replace(
            outcome,
            faces=class_choice.by_majority(outcome.faces),
            held_out=None if held_out is None else class_choice.by_majority(held_out),
            trained=replace(outcome.trained, network=network, votes=None),
        ),
    )


def _picture(folder: Path, network: str, judged: _Judged) -> None:
    faces, official = judged.faces, judged.evaluation.official
    title = f"{network}, {judged.evaluation.split} ({official.images} faces)"
    plots.save_confusion(folder / "confusion.png", official.confusion, faces.classes, title)
    plots.save_samples(folder / "samples.png", faces, judged.probabilities, title)


def _save_without_optimizer(outcome: Outcome, path: Path) -> None:
    """A bare network with the same weights: a third of the size, and loads without this package."""
    recipe = outcome.recipe
    bare = networks.build(recipe.network, recipe.crop_px, len(outcome.faces.classes), recipe.dropout)
    bare.set_weights(outcome.trained.network.get_weights())
    bare.save(path)


def _judged(outcome: Outcome) -> tuple[float, list[_Judged]]:
    """The temperature, and what each split is given: held-out first where there is one."""
    heat, judged, network = 1.0, [], outcome.trained.network
    held_out = outcome.held_out
    if held_out is not None:
        logits = logits_of(network, held_out.images)
        heat = temperature.fit(logits, held_out.labels)
        given = temperature.probabilities(logits, heat)
        judged.append(_Judged(held_out, given, judge(given, held_out, outcome.kept, "held-out")))
    training = outcome.faces.select(outcome.faces.splits == "Training")
    for split in _REPORTED:
        if np.any(outcome.faces.splits == split):
            faces = outcome.faces.split(split)
            given = temperature.probabilities(logits_of(network, faces.images), heat)
            judged.append(_Judged(faces, given, judge(given, faces, training, split)))
    return heat, judged


def _dataset_name(faces: FaceSet) -> str:
    return (
        f"{faces.name} with FER+ votes" if faces.votes is not None and faces.name == "fer2013" else faces.name
    )


def _metrics(outcome: Outcome, heat: float, evaluations: list[Evaluation]) -> dict[str, Any]:
    by_split = {evaluation.split: evaluation for evaluation in evaluations}
    held_out = by_split.get("held-out")
    return {
        "schema": "training-metrics/1",
        "network": outcome.recipe.network,
        "labels": list(outcome.faces.classes),
        "parameters": outcome.trained.network.count_params(),
        "multiply_accumulates": multiply_accumulates(outcome.trained.network),
        "temperature": heat,
        "recipe": run_folder.as_dict(outcome.recipe),
        "dataset": {
            "name": _dataset_name(outcome.kept),
            "training_images": len(outcome.kept),
            "held_out_images": len(outcome.held_out) if outcome.held_out is not None else 0,
        },
        "seed": outcome.recipe.seed,
        "fold": "/".join(map(str, outcome.fold)) if outcome.fold else None,
        "code": code_revision(),
        "epochs": len(outcome.trained.history),
        "minutes": round(sum(record["minutes"] for record in outcome.trained.history), 2),
        "start": outcome.start,
        "init_from": outcome.init_from,
        "limits": outcome.limits,
        "held_out": held_out.official.as_dict() if held_out else None,
        **{key: by_split[split].as_dict() for split, key in _REPORTED.items() if split in by_split},
    }

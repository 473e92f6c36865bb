"""A run within limits: fewer epochs, minutes or faces, with the recipe shortened to fit them (pure).

Minutes become a number of batches by the measured speed, and batches become whole epochs over as many
faces as fill them: so the learning rate still falls to zero at the end, and a resumed run goes on as any
other. Averages that run over many batches (EMA, batch norm) would still be near their random start
when a short run ends, so they look back over a tenth of it at most.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edge.contract.facesets import FaceSet
from edge.errors import ContractError
from training.recipe import Recipe

FILE = "budget.json"
_LEAST_MOMENTUM = 0.5
_LEAST_JUDGED = 32


@dataclass(frozen=True)
class Limits:
    """What a run may use at most; None sets no limit.

    Attributes:
        epochs: Instead of the recipe's.
        minutes: Of training, without reading, judging and saving.
        train_images: Faces to train on.
        eval_minutes: For judging; a slow network is judged on as many faces as they allow.
    """

    epochs: int | None = None
    minutes: float | None = None
    train_images: int | None = None
    eval_minutes: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Those that are set."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def as_options(self) -> list[str]:
        """As the command line takes them."""
        return [
            word
            for name, value in self.as_dict().items()
            for word in (f"--{name.replace('_', '-')}", f"{value:g}")
        ]


@dataclass(frozen=True)
class Speed:
    """Measured on this machine."""

    batches_per_s: float
    faces_per_s: float


@dataclass(frozen=True)
class Plan:
    """What a run within limits does.

    Attributes:
        epochs: Whole passes over the faces.
        train_images: Faces of a pass.
        eval_images: Faces of each judged set at most; None for all.
    """

    epochs: int
    train_images: int
    eval_images: int | None


def plan(recipe: Recipe, training_images: int, limits: Limits, speed: Speed | None) -> Plan:
    """Fit a run into its limits.

    Raises:
        ValueError: A limit in minutes, and no speed.
    """
    epochs = limits.epochs or recipe.epochs
    faces = min(training_images, limits.train_images or training_images)
    steps = max(1, faces // recipe.batch)
    if limits.minutes is not None:
        affordable = max(1, int(_known(speed).batches_per_s * 60 * limits.minutes))
        if affordable < epochs * steps:
            epochs = math.ceil(affordable / steps)
            faces = min(faces, affordable // epochs * recipe.batch)
    judged = None
    if limits.eval_minutes is not None:
        # The held-out faces after each epoch and at the end, and the reported split.
        judged = max(_LEAST_JUDGED, int(_known(speed).faces_per_s * 60 * limits.eval_minutes / (epochs + 2)))
    return Plan(epochs, faces, judged)


def _known(speed: Speed | None) -> Speed:
    if speed is None:
        raise ValueError("a limit in minutes needs the measured speed")
    return speed


def shortened(recipe: Recipe, planned: Plan) -> Recipe:
    """The recipe for a run of the planned length."""
    share = planned.epochs / recipe.epochs
    batches = planned.epochs * max(1, planned.train_images // recipe.batch)
    momentum = max(_LEAST_MOMENTUM, 1 - 10 / batches)
    chosen, finish = recipe.optimizer, recipe.finish
    optimizer = {"warmup_epochs": chosen.warmup_epochs * share, "ema": min(chosen.ema, momentum)}
    finishing = round(finish.epochs * share) if finish else 0
    return recipe.model_copy(
        update={
            "epochs": planned.epochs,
            "batch_norm_momentum": min(recipe.batch_norm_momentum, momentum),
            "optimizer": chosen.model_copy(update=optimizer),
            "finish": finish.model_copy(update={"epochs": finishing}) if finish and finishing else None,
        }
    )


def drawn(faces: FaceSet, count: int | None, seed: int) -> FaceSet:
    """At most ``count`` faces at random, in their order; the same seed draws the same."""
    if count is None or count >= len(faces):
        return faces
    return faces.select(np.sort(np.random.default_rng((seed, 2)).permutation(len(faces))[:count]))


def judged_part(faces: FaceSet, count: int | None, seed: int) -> FaceSet:
    """All of Training, and at most ``count`` faces of each other split."""
    if count is None:
        return faces
    rng = np.random.default_rng((seed, 3))
    kept = faces.splits == "Training"
    for split in sorted(set(faces.splits.tolist()) - {"Training"}):
        rows = np.flatnonzero(faces.splits == split)
        kept[rng.permutation(rows)[:count]] = True
    return faces.select(kept)


def save(folder: Path, limits: Limits, planned: Plan) -> None:
    """Keep the plan of a run: a resumed one must not measure anew."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"limits": limits.as_dict(), "plan": asdict(planned)}, indent=2) + "\n"
    (folder / FILE).write_text(text, encoding="utf-8")


def load(folder: Path, limits: Limits) -> Plan | None:
    """The plan of the run in a folder; None where there is none.

    Raises:
        ContractError: It cannot be read, or was made for other limits.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        before, planned = stored["limits"], Plan(**stored["plan"])
    except (OSError, ValueError, KeyError, TypeError) as err:
        raise ContractError(f"{path}: cannot be read: {err}; start a new run in another folder") from err
    if before != limits.as_dict():
        raise ContractError(
            f"{folder}: was begun with the limits {before}, not {limits.as_dict()}; "
            "give the same, or start a new run in another folder"
        )
    return planned

"""What a classifier achieves on one split: on the official one, and without copies of Training images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edge.contract import class_choice
from edge.contract.facesets import SPLITS, FaceSet
from edge.errors import ContractError
from training.data import protocol
from training.evaluation.metrics import Figures, Floats, figures
from training.recipe import Recipe
from training.runs import folder as run_folder

HELD_OUT, FOLD = "held-out", "fold"
SPLIT_NAMES = (*SPLITS, HELD_OUT)


@dataclass(frozen=True)
class Evaluation:
    """Figures of one split.

    Attributes:
        split: Its name.
        official: On all its images.
        clean: Without exact copies of Training images; None where Training is not there to
            compare with, or nothing would be left.
        copies: How many were taken out; None as for ``clean``.
    """

    split: str
    official: Figures
    clean: Figures | None
    copies: int | None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "images": self.official.images,
            "official": self.official.as_dict(),
            "clean": self.clean.as_dict() if self.clean else None,
        }


def judge(probabilities: Floats, faces: FaceSet, training: FaceSet | None, split: str) -> Evaluation:
    """Figures from (N, C) probabilities of the N faces; ``training`` says which of them are copies."""
    official = figures(probabilities, faces.labels, faces.classes)
    if training is None or not len(training):
        return Evaluation(split, official, None, None)
    copied = protocol.copies_of(faces, training)
    clean = None
    if not copied.all():
        clean = figures(probabilities[~copied], faces.labels[~copied], faces.classes)
    return Evaluation(split, official, clean, int(np.count_nonzero(copied)))


def faces_of(faces: FaceSet, split: str, recipe: Recipe | None) -> tuple[FaceSet, FaceSet | None]:
    """The faces of a split, and the Training faces that their copies are looked for in.

    Raises:
        ContractError: The split is not there, or "held-out" without the recipe that drew it.
    """
    if split == HELD_OUT:
        if recipe is None:
            raise ContractError(
                "held-out is drawn by the recipe: give --recipe, or keep metrics.json beside the model"
            )
        kept, held = divided(faces, recipe)
        if held is None:
            raise ContractError("the recipe holds nothing out (held_out is 0, or there are too few faces)")
        return held, kept
    training = faces.select(faces.splits == "Training")
    return named(faces, split), training if len(training) and split != "Training" else None


def as_learnt(faces: FaceSet, recipe: Recipe, fold: tuple[int, int] | None) -> FaceSet:
    """The faces with the labels and the fold that a run of this recipe drew its parts by.

    Under other labels, as those of the votes' head, or without the faces that these leave out, other
    faces would be drawn, and some of them were learnt.

    Raises:
        ContractError: The data does not have what the recipe asks for.
    """
    learnt = class_choice.chosen(faces, recipe.labels, recipe.drop_classes)
    return protocol.fold(learnt, *fold, recipe.held_out_copies) if fold else learnt


def require_unseen(
    faces: FaceSet, training: FaceSet | None, split: str, run: Path, kept: FaceSet | None = None
) -> None:
    """Refuse to judge what the network was trained on.

    Args:
        faces: To be judged, as :func:`faces_of` gives them.
        training: What they must be apart from.
        split: Its name.
        run: Folder of the model; a run's note in it tells what it was trained on.
        kept: What a run of the model's recipe learns where ``split`` is its fold.
    Raises:
        ContractError: Some of it, or too much of it, was seen in training.
    """
    if split == "Training":
        raise ContractError(
            "Training: networks are trained on it, so its figures would be too good; "
            "use held-out or PublicTest, or state it with --allow-leakage"
        )
    if kept is not None:
        run_folder.require_trained_on(run, kept)
    if training is None:
        return
    if split == HELD_OUT:
        run_folder.require_trained_on(run, training)
    else:
        protocol.require_apart(faces, training, split)


def divided(faces: FaceSet, recipe: Recipe) -> tuple[FaceSet, FaceSet | None]:
    """Training as the recipe divides it: (kept for training, held out if anything is).

    Raises:
        ContractError: There is no Training split, a class has no face there, or nothing is left
            to train on.
    """
    training = named(faces, "Training")
    class_choice.require_every_class(training)
    kept, held = protocol.hold_out(training, recipe.held_out, recipe.seed, recipe.held_out_copies)
    if not len(kept):
        raise ContractError("holding out leaves no face to train on: lower held_out, or bring more data")
    counts = np.bincount(kept.labels, minlength=len(kept.classes))
    gone = [name for name, count in zip(kept.classes, counts, strict=True) if not count]
    if gone:
        raise ContractError(
            f"every face of class {', '.join(gone)} is a copy of one that is held out, so none is left to "
            "learn; bring others, or write held_out: 0 into the recipe"
        )
    return kept, held if len(held) else None


def named(faces: FaceSet, split: str) -> FaceSet:
    """The faces of one split.

    Raises:
        ContractError: There are none; names the splits that are there.
    """
    try:
        return faces.split(split)
    except ValueError as err:
        raise ContractError(f"{err}; choose another split or other data") from err

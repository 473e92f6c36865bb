"""What the network should say of each face: soft labels, and the votes for the second head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge.contract.facesets import FaceSet
from edge.errors import ContractError
from training.recipe import Recipe

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Targets:
    """Distributions to learn.

    Attributes:
        labels: (N, C) float32, each row summing to 1.
        votes: (N, 10) float32 shares of the votes, and all zero where there are none (which a
            cross-entropy then ignores); None where the recipe has no second head.
    """

    labels: Floats
    votes: Floats | None


def targets_of(faces: FaceSet, recipe: Recipe) -> Targets:
    """The targets of a training set.

    Raises:
        ContractError: The recipe needs votes and the faces have none.
    """
    classes = len(faces.classes)
    labels = np.eye(classes, dtype=np.float32)[faces.labels]
    if recipe.votes.target_share:
        from training.data.label_noise import label_given_votes  # noqa: PLC0415 - scikit-learn is slow to load

        share = np.float32(recipe.votes.target_share)
        labels = (1 - share) * labels + share * label_given_votes(faces)
    smoothing = np.float32(recipe.label_smoothing)
    labels = (1 - smoothing) * labels + smoothing / classes
    return Targets(labels.astype(np.float32), _vote_shares(faces) if recipe.votes.head_weight else None)


def _vote_shares(faces: FaceSet) -> Floats:
    if faces.votes is None or not faces.votes.any():
        raise ContractError("the recipe has a head for FER+ votes (votes.head_weight): give --votes")
    total = faces.votes.sum(axis=1, keepdims=True)
    return np.asarray(faces.votes / np.maximum(total, 1), dtype=np.float32)

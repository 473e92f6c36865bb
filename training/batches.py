"""Augmented training batches as a Keras data set: the same epoch always gives the same batches."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from training.augment import augmented
from edge.contract.facesets import FaceSet
from training.recipe import Recipe


class AugmentedBatches(keras.utils.PyDataset):
    """Shuffled, augmented batches of one epoch after another.

    A batch is a function of (seed, epoch, index) alone, so a resumed run sees what an
    uninterrupted one would have seen.
    """

    def __init__(self, faces: FaceSet, recipe: Recipe, first_epoch: int = 0) -> None:
        super().__init__()
        self._faces, self._recipe, self._epoch = faces, recipe, first_epoch
        self._targets = np.eye(len(faces.classes), dtype=np.float32)[faces.labels]
        self._order = self._shuffled()

    def __len__(self) -> int:
        # A last, short batch would give its few images a weight of their own.
        return max(1, len(self._faces) // self._recipe.batch)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        rows = self._order[index * self._recipe.batch : (index + 1) * self._recipe.batch]
        rng = np.random.default_rng((self._recipe.seed, self._epoch, index, 1))
        views = augmented(self._faces.images[rows], self._recipe.augmentation, rng)
        return views[..., None], self._targets[rows]

    def on_epoch_end(self) -> None:
        self._epoch += 1
        self._order = self._shuffled()

    def _shuffled(self) -> Any:
        return np.random.default_rng((self._recipe.seed, self._epoch, 0)).permutation(len(self._faces))

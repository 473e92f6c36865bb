"""Augmented training batches: the same epoch always gives the same batches."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edge.contract.facesets import FaceSet
from training.augment import augmented
from training.recipe import Recipe

#: (B, 48, 48, 1) views, 0..255, and (B, C) one-hot targets.
Batch = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]


class AugmentedBatches:
    """Shuffled, augmented batches of one epoch after another.

    A batch is a function of (seed, epoch, index) alone, so a resumed run sees what an
    uninterrupted one would have seen.
    """

    def __init__(self, faces: FaceSet, recipe: Recipe, first_epoch: int = 0) -> None:
        self._faces, self._recipe, self._epoch = faces, recipe, first_epoch
        self._targets = np.eye(len(faces.classes), dtype=np.float32)[faces.labels]
        self._order = self._shuffled()

    def __len__(self) -> int:
        # A last, short batch would give its few images a weight of their own.
        return max(1, len(self._faces) // self._recipe.batch)

    def __getitem__(self, index: int) -> Batch:
        rows = self._order[index * self._recipe.batch : (index + 1) * self._recipe.batch]
        rng = np.random.default_rng((self._recipe.seed, self._epoch, index, 1))
        views = augmented(self._faces.images[rows], self._recipe.augmentation, rng)
        return views[..., None], self._targets[rows]

    def on_epoch_end(self) -> None:
        """Go on to the next epoch: another order, other views."""
        self._epoch += 1
        self._order = self._shuffled()

    def _shuffled(self) -> npt.NDArray[np.int64]:
        return np.random.default_rng((self._recipe.seed, self._epoch, 0)).permutation(len(self._faces))

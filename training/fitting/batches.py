"""Augmented training batches: the same epoch always gives the same batches."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edge.contract.facesets import FaceSet
from training.fitting.augment import augmented
from training.fitting.targets import targets_of
from training.recipe import Augmentation, Recipe

Floats = npt.NDArray[np.float32]
#: (B, 48, 48, 1) views, 0..255, and per output of the model (B, ...) targets.
Batch = tuple[Floats, dict[str, Floats]]


class AugmentedBatches:
    """Shuffled, augmented, mixed batches of one epoch after another.

    A batch is a function of (seed, epoch, index) alone, so a resumed run sees what an
    uninterrupted one would have seen.
    """

    def __init__(self, faces: FaceSet, recipe: Recipe, first_epoch: int = 0) -> None:
        self._images, self._recipe, self._epoch = faces.images, recipe, first_epoch
        targets = targets_of(faces, recipe)
        self._targets = {"labels": targets.labels}
        if targets.votes is not None:
            self._targets["votes"] = targets.votes
        self._order = self._shuffled()

    def __len__(self) -> int:
        # A last, short batch would give its few images a weight of their own.
        return max(1, len(self._images) // self._recipe.batch)

    def __getitem__(self, index: int) -> Batch:
        rows = self._order[index * self._recipe.batch : (index + 1) * self._recipe.batch]
        rng = np.random.default_rng((self._recipe.seed, self._epoch, index, 1))
        views = augmented(self._images[rows], self._augmentation, rng)[..., None]
        targets = {name: values[rows] for name, values in self._targets.items()}
        mixup = self._recipe.mixup
        if not self._finishing and rng.random() < mixup.share:
            partner, own = rng.permutation(len(rows)), np.float32(rng.beta(mixup.alpha, mixup.alpha))
            views = _blend(views, views[partner], own)
            targets = {name: _blend(values, values[partner], own) for name, values in targets.items()}
        return views, targets

    def first_views(self, batches: int) -> Floats:
        """(N, 48, 48, 1), 0..255: the views of the first batches, of all where there are no more."""
        return np.concatenate([self[index][0] for index in range(min(batches, len(self)))])

    def on_epoch_end(self) -> None:
        """Go on to the next epoch: another order, other views."""
        self._epoch += 1
        self._order = self._shuffled()

    @property
    def _finishing(self) -> bool:
        finish = self._recipe.finish
        return finish is not None and self._epoch >= self._recipe.epochs - finish.epochs

    @property
    def _augmentation(self) -> Augmentation:
        finish = self._recipe.finish
        return finish.augmentation if finish is not None and self._finishing else self._recipe.augmentation

    def _shuffled(self) -> npt.NDArray[np.int64]:
        return np.random.default_rng((self._recipe.seed, self._epoch, 0)).permutation(len(self._images))


def _blend(one: Floats, other: Floats, share: np.float32) -> Floats:
    return np.asarray(share * one + (1 - share) * other, dtype=np.float32)

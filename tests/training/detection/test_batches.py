from __future__ import annotations

import numpy as np
import pytest

from tests.training.detection.builders import photo, recipe
from training.detection import batches
from training.detection.cells import CellTargets
from training.detection.composing import Composer

RECIPE = recipe(batch=2, views={"size_px": 128})
CELLS = CellTargets(128)


def composer() -> Composer:
    return Composer([photo(seed) for seed in range(3)], [], RECIPE.views)


def test_the_background_makes_the_batches_of_the_steps_in_order() -> None:
    with batches.in_background(composer(), CELLS, RECIPE, range(3, 6)) as made:
        taken = list(made)
    for step, (images, targets) in zip(range(3, 6), taken, strict=True):
        again = batches.make(composer(), CELLS, RECIPE, step)
        assert images.shape == (2, 128, 128, 3)
        assert (images == again[0]).all()
        assert (targets == again[1]).all()
    assert not np.array_equal(taken[0][0], taken[1][0])


def test_a_fault_in_the_background_is_raised_where_the_batch_is_taken() -> None:
    broken = composer()
    broken.photos = []
    with (
        batches.in_background(broken, CELLS, RECIPE, range(2)) as made,
        pytest.raises(ValueError, match=r"low >= high|high <= 0"),
    ):
        next(made)


def test_leaving_early_stops_the_background() -> None:
    with batches.in_background(composer(), CELLS, RECIPE, range(1000)) as made:
        next(made)

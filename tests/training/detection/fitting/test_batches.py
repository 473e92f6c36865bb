from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
import pytest

from edge.datatypes import BgrImage
from tests.training.detection.builders import boxes, photo, recipe
from training.detection.fitting import batches
from training.detection.fitting.batches import Lessons
from training.detection.fitting.cells import CellTargets
from training.detection.fitting.composing import Composer
from training.detection.fitting.teacher import Opinion, Teacher

RECIPE = recipe(batch=2, views={"size_px": 128})
CELLS = CellTargets(128)


def lessons() -> Lessons:
    return Lessons(Composer([photo(seed) for seed in range(3)], [], RECIPE.views), CELLS, RECIPE)


class Opinionated:
    """A teacher that says of every cell how bright the view is."""

    def of(self, image: BgrImage) -> Opinion:
        return np.full((len(CELLS._centres), 5), image.mean(), dtype=np.float32)


def test_the_background_makes_the_batches_of_the_steps_in_order() -> None:
    with batches.in_background(lessons(), range(3, 6)) as made:
        taken = list(made)
    for step, (images, targets) in zip(range(3, 6), taken, strict=True):
        again = lessons().batch(step)
        assert images.shape == (2, 128, 128, 3)
        assert (images == again[0]).all()
        assert (targets == again[1]).all()
    assert not np.array_equal(taken[0][0], taken[1][0])


def test_a_fault_in_the_background_is_raised_where_the_batch_is_taken() -> None:
    broken = lessons()
    broken.composer.photos = []
    with (
        batches.in_background(broken, range(2)) as made,
        pytest.raises(IndexError),
    ):
        next(made)


def test_leaving_early_stops_the_background() -> None:
    with batches.in_background(lessons(), range(1000)) as made:
        next(made)


def test_a_teacher_looks_at_the_view_before_it_is_degraded() -> None:
    plain = lessons()
    taught = replace(plain, teacher=cast("Teacher", Opinionated()))
    images, targets = taught.batch(7)
    alone, own = plain.batch(7)
    assert np.array_equal(images, alone)
    assert np.array_equal(targets[..., :5], own)
    first = plain.composer.draw(np.random.default_rng((RECIPE.seed, 7))).image
    assert targets[0, 0, 5] == np.float32(first.mean())


def test_photos_with_more_faces_are_drawn_more_often() -> None:
    alone, crowd = photo(1), photo(2, faces=boxes(*((10 + 20 * i, 40, 26 + 20 * i, 60) for i in range(9))))
    for power, expected in ((0.0, 0.5), (0.5, 0.75), (1.0, 0.9)):
        views = RECIPE.views.model_copy(update={"crowd_power": power})
        drawing = Composer([alone, crowd], [], views)
        rng = np.random.default_rng(0)
        drawn = [drawing._anchor(rng)[0] is crowd for _ in range(2000)]
        assert np.mean(drawn) == pytest.approx(expected, abs=0.03)

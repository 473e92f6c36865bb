from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.builders import images
from training.fitting.augment import augmented
from training.recipe import Augmentation

OFF = Augmentation(
    zoom=(1, 1), aspect=(1, 1), shift=0, rotation_deg=0, flip_share=0, light_share=0, gamma_share=0,
    degrade_share=0, erase_share=0,
)  # fmt: skip
HARSH = Augmentation(
    zoom=(0.5, 2), aspect=(0.5, 2), shift=0.3, rotation_deg=90, light_share=1, light=0.9, gamma_share=1,
    gamma=(0.2, 5), degrade_share=1, erase_share=1, erase_area=(0.01, 0.9),
)  # fmt: skip


def test_with_everything_off_a_view_is_the_image() -> None:
    pictures = images(4)
    np.testing.assert_array_equal(augmented(pictures, OFF, np.random.default_rng(0)), pictures)


@pytest.mark.parametrize("recipe", [OFF, Augmentation(), HARSH])
@given(seed=st.integers(0, 2**31))
def test_views_keep_shape_type_and_range(recipe: Augmentation, seed: int) -> None:
    views = augmented(images(3, seed), recipe, np.random.default_rng(seed))
    assert views.shape == (3, 48, 48)
    assert views.dtype == np.float32
    assert np.isfinite(views).all()
    assert views.min() >= 0
    assert views.max() <= 255.001  # a blur rounds


def test_the_same_generator_gives_the_same_views_and_another_does_not() -> None:
    first, again, other = (augmented(images(8), Augmentation(), np.random.default_rng(s)) for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_flip_mirrors_left_and_right() -> None:
    always = OFF.model_copy(update={"flip_share": 1.0})
    views = augmented(images(2), always, np.random.default_rng(0))
    np.testing.assert_allclose(views, images(2)[:, :, ::-1], atol=0.5)


def test_erasing_puts_one_grey_value_into_a_rectangle() -> None:
    recipe = OFF.model_copy(update={"erase_share": 1.0, "erase_area": (0.1, 0.1)})
    picture = images(1)
    view = augmented(picture, recipe, np.random.default_rng(0))[0]
    rows, columns = np.nonzero(view != picture[0])
    patch = view[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert len(np.unique(patch)) == 1
    assert patch.size / view.size == pytest.approx(0.1, rel=0.15)

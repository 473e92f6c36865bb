"""Composing and degrading views."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.detection.builders import boxes, photo, recipe
from training.detection.fitting.composing import Composer, Mistake, View, _rotated
from training.detection.fitting.degrading import degraded
from training.detection.fitting.recipe import Views

PHOTOS = [photo(seed) for seed in range(4)]
PORTRAITS = [photo(9, 90, 90, boxes((20, 15, 70, 75)))]
NOTHING: dict[str, object] = {name: 0.0 for name in Views.model_fields if name.endswith("_share")}


def composer(**fields: object) -> Composer:
    return Composer(PHOTOS, PORTRAITS, recipe(views={"size_px": 128, **fields}).views)


def brightness(view: View) -> list[float]:
    """Of the middle of each face."""
    centres = ((view.faces[:, :2] + view.faces[:, 2:]) / 2).astype(int).clip(0, 127)
    return [float(view.image[y, x].mean()) for x, y in centres]


@given(st.integers(0, 2**32 - 1))
def test_boxes_lie_in_the_view_and_have_an_area(seed: int) -> None:
    view = composer().draw(np.random.default_rng(seed))
    assert view.image.shape == (128, 128, 3)
    assert view.image.dtype == np.uint8
    for some in (view.faces, view.ignored):
        assert some.shape[1:] == (4,)
        assert (some >= 0).all()
        assert (some <= 128).all()
        assert (some[:, 2:] > some[:, :2]).all()


@given(st.integers(0, 2**32 - 1))
def test_boxes_stay_on_their_faces_through_every_change(seed: int) -> None:
    """Faces are bright discs on dark noise or grey, so the middle of each box must be bright."""
    view = composer(mosaic_share=0.5, paste_share=0.5, rotation_share=0.5).draw(np.random.default_rng(seed))
    assert all(value > 140 for value in brightness(view))


def test_the_box_of_a_head_that_lies_on_its_side_lies_too() -> None:
    upright = View(np.zeros((100, 100, 3), np.uint8), boxes((20, 40, 40, 70)), boxes((60, 40, 64, 44)))
    for degrees in (90, -90):
        lying = _rotated(upright, degrees)
        (box,) = lying.faces
        assert (box[2] - box[0], box[3] - box[1]) == pytest.approx((30, 20))
    slanted = _rotated(upright, 45).faces[0]
    assert slanted[2] - slanted[0] == pytest.approx(slanted[3] - slanted[1])
    assert 20 < slanted[2] - slanted[0] < 30
    assert _rotated(upright, 180).faces[0] == pytest.approx([60, 30, 80, 60], abs=1e-3)


def test_small_angles_are_drawn_more_often_than_large_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    angles: list[float] = []

    def noted(view: View, degrees: float) -> View:
        angles.append(abs(degrees))
        return view

    monkeypatch.setattr("training.detection.fitting.composing._rotated", noted)
    drawn, rng = (
        composer(**{**NOTHING, "rotation_share": 1.0, "rotation_deg": 80.0}),
        np.random.default_rng(0),
    )
    for _ in range(300):
        drawn.draw(rng)
    assert max(angles) <= 80
    assert np.median(angles) == pytest.approx(20, abs=4)


def test_the_same_generator_gives_the_same_view() -> None:
    one, other = (composer().draw(np.random.default_rng(5)) for _ in range(2))
    assert (one.image == other.image).all()
    assert (one.faces == other.faces).all()


def test_pasted_faces_are_asked_for_and_do_not_cover_others() -> None:
    drawn = composer(**{**NOTHING, "paste_share": 1.0})
    plain = composer(**NOTHING)
    more = 0
    for seed in range(20):
        view = drawn.draw(np.random.default_rng(seed))
        more += len(view.faces) - len(plain.draw(np.random.default_rng(seed)).faces)
        corners = [tuple(box) for box in view.faces.tolist()]
        for i, a in enumerate(corners):
            for b in corners[i + 1 :]:
                assert min(a[2], b[2]) <= max(a[0], b[0]) or min(a[3], b[3]) <= max(a[1], b[1])
    assert more >= 5


def test_mistakes_are_looked_at_again() -> None:
    drawn = composer(**{**NOTHING, "mistake_share": 1.0, "face_px": (20.0, 20.0)})
    drawn.mistakes = [Mistake(0, 180.0, 130.0, 20.0)]
    view = drawn.draw(np.random.default_rng(0))
    assert len(view.faces) in {0, 1}
    corner = PHOTOS[0].image[130, 180]
    assert (np.abs(view.image.astype(int) - corner).sum(axis=2) <= 6).any()


def test_without_portraits_only_photos_are_drawn() -> None:
    alone = Composer(PHOTOS, [], recipe(views={"portrait_share": 1.0}).views)
    assert len(alone.draw(np.random.default_rng(0)).image) == 256


@given(st.integers(0, 2**32 - 1))
def test_a_degraded_view_keeps_its_boxes_size_and_type(seed: int) -> None:
    rng = np.random.default_rng(seed)
    before = composer().draw(rng)
    every = {name: 1.0 for name in recipe().degradation.model_dump() if name.endswith("_share")}
    after = degraded(before, recipe(degradation=every).degradation, rng)
    assert after.image.shape == before.image.shape
    assert after.image.dtype == np.uint8
    assert (after.faces == before.faces).all()


def test_a_recipe_without_degradation_leaves_the_picture_alone() -> None:
    before = composer().draw(np.random.default_rng(1))
    none = {name: 0.0 for name in recipe().degradation.model_dump() if name.endswith("_share")}
    after = degraded(before, recipe(degradation=none).degradation, np.random.default_rng(2))
    assert (after.image == before.image).all()


def test_a_tint_moves_every_colour_towards_two() -> None:
    none = {name: 0.0 for name in recipe().degradation.model_dump() if name.endswith("_share")}
    before = composer().draw(np.random.default_rng(1))
    degradation = recipe(degradation={**none, "tint_share": 1.0}).degradation
    for seed in range(20):
        after = degraded(before, degradation, np.random.default_rng(seed))
        assert after.image.shape == before.image.shape
        # Along one line in the space of colours, but for what is left of the picture's own.
        colours = after.image.reshape(-1, 3).astype(float)
        spread = np.linalg.svd(colours - colours.mean(axis=0), compute_uv=False)
        assert spread[0] > 2 * spread[1]


@pytest.mark.parametrize(("share", "darker"), [({"dark_share": 1.0}, True), ({"grey_share": 1.0}, False)])
def test_degradations_do_what_they_are_called(share: dict[str, float], darker: bool) -> None:
    none = {name: 0.0 for name in recipe().degradation.model_dump() if name.endswith("_share")}
    before = composer().draw(np.random.default_rng(1))
    after = degraded(before, recipe(degradation={**none, **share}).degradation, np.random.default_rng(2))
    if darker:
        assert after.image.mean() < 0.7 * before.image.mean()
    else:
        assert (np.ptp(after.image, axis=2) == 0).all()

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import ContractError
from tests.training.builders import face_set, joined
from training.budget import plan as budget
from training.budget.plan import Limits, Plan, Speed
from training.recipe import Recipe

RECIPE = Recipe.model_validate(
    {
        "schema": "training/1",
        "network": "tiny",
        "batch": 32,
        "epochs": 40,
        "optimizer": {"warmup_epochs": 4, "ema": 0.998},
        "finish": {"epochs": 8, "augmentation": {}},
    }
)


def test_without_limits_a_plan_is_the_recipe() -> None:
    assert budget.plan(RECIPE, 3200, Limits(), None) == Plan(40, 3200, None)


def test_epochs_and_faces_are_taken_as_they_are_given() -> None:
    assert budget.plan(RECIPE, 3200, Limits(epochs=3, train_images=640), None) == Plan(3, 640, None)
    assert budget.plan(RECIPE, 3200, Limits(train_images=9999), None).train_images == 3200


@pytest.mark.parametrize(
    ("batches_per_s", "expected"),
    [
        (0.01, Plan(1, 32, None)),  # slower than a batch in the time there is: one batch all the same
        (0.5, Plan(1, 30 * 32, None)),  # part of an epoch
        (2.5, Plan(2, 75 * 32, None)),  # an epoch and a half: two over three quarters
        (1000.0, Plan(40, 3200, None)),  # more than the recipe asks for
    ],
)
def test_minutes_become_whole_epochs_over_as_many_faces_as_fill_them(
    batches_per_s: float, expected: Plan
) -> None:
    assert budget.plan(RECIPE, 3200, Limits(minutes=1), Speed(batches_per_s, 100)) == expected


@given(batches_per_s=st.floats(0.001, 1e4), minutes=st.floats(0.01, 1e3), faces=st.integers(1, 40_000))
def test_a_plan_fills_its_minutes_and_does_not_exceed_them(
    batches_per_s: float, minutes: float, faces: int
) -> None:
    planned = budget.plan(RECIPE, faces, Limits(minutes=minutes), Speed(batches_per_s, 100))
    affordable = max(1, int(batches_per_s * 60 * minutes))
    batches = planned.epochs * max(1, planned.train_images // RECIPE.batch)
    assert 1 <= planned.train_images <= faces
    assert batches <= affordable
    assert batches >= min(affordable, RECIPE.epochs * max(1, faces // RECIPE.batch)) - planned.epochs


def test_a_slow_network_is_judged_on_fewer_faces() -> None:
    planned = budget.plan(RECIPE, 3200, Limits(epochs=1, eval_minutes=1), Speed(1, 10))
    assert planned.eval_images == 200  # three rounds of them in sixty seconds at ten a second


def test_minutes_without_a_measured_speed_are_an_error() -> None:
    with pytest.raises(ValueError, match="measured speed"):
        budget.plan(RECIPE, 3200, Limits(minutes=1), None)


def test_a_short_run_warms_up_shortly_and_averages_over_a_tenth_of_it() -> None:
    short = budget.shortened(RECIPE, Plan(4, 320, None))
    assert short.epochs == 4
    assert short.optimizer.warmup_epochs == pytest.approx(0.4)
    assert short.optimizer.ema == short.batch_norm_momentum == pytest.approx(0.75)
    assert short.finish is not None
    assert short.finish.epochs == 1
    assert budget.shortened(RECIPE, Plan(1, 32, None)).finish is None
    assert budget.shortened(RECIPE, Plan(1, 32, None)).batch_norm_momentum == 0.5


def test_a_plan_as_long_as_the_recipe_changes_nothing() -> None:
    assert budget.shortened(RECIPE, Plan(40, 28_000, None)) == RECIPE


def test_faces_are_drawn_alike_for_the_same_seed_and_keep_their_order() -> None:
    faces = face_set(50)
    once, again, other = (budget.drawn(faces, 20, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(once.images, again.images)
    assert not np.array_equal(once.images, other.images)
    places = [np.flatnonzero((faces.images == image).all(axis=(1, 2)))[0] for image in once.images]
    assert places == sorted(places)
    assert budget.drawn(faces, None, 0) is faces


def test_training_stays_whole_where_judged_splits_are_cut() -> None:
    faces = joined(face_set(30), face_set(20, "PublicTest", 1), face_set(5, "test", 2))
    cut = budget.judged_part(faces, 8, 0)
    assert {split: int((cut.splits == split).sum()) for split in ("Training", "PublicTest", "test")} == {
        "Training": 30, "PublicTest": 8, "test": 5,
    }  # fmt: skip


def test_a_plan_is_kept_for_a_resumed_run_and_only_for_the_same_limits(tmp_path: Path) -> None:
    limits, planned = Limits(minutes=0.5), Plan(2, 64, 100)
    assert budget.load(tmp_path, limits) is None
    budget.save(tmp_path / "run", limits, planned)
    assert budget.load(tmp_path / "run", limits) == planned
    with pytest.raises(ContractError, match=r"begun with the limits \{'minutes': 0.5\}, not \{'epochs': 1\}"):
        budget.load(tmp_path / "run", Limits(epochs=1))
    (tmp_path / "run" / "budget.json").write_text("{", encoding="utf-8")
    with pytest.raises(ContractError, match="cannot be read"):
        budget.load(tmp_path / "run", limits)


def test_limits_are_options_of_the_command_line() -> None:
    assert Limits(epochs=2, minutes=0.5, train_images=100_000).as_options() == [
        "--epochs", "2", "--minutes", "0.5", "--train-images", "100000",
    ]  # fmt: skip

"""Every recipe, built as it is trained, and one step of it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from edge.contract import strict_yaml
from edge.contract.facesets import FaceSet
from tests.training.builders import face_set
from training import recipes
from training.recipe import Recipe

pytestmark = [
    pytest.mark.integration,
    pytest.mark.keras,
    # Keras 3.15 itself, with numpy 2.4
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
keras = pytest.importorskip("keras", reason="needs the training extra")

from training.fitting import student  # noqa: E402 - after the skip: these import Keras
from training.fitting.batches import AugmentedBatches  # noqa: E402
from training.fitting.fit import teachers_of, train_batch  # noqa: E402


def faces_with_votes() -> FaceSet:
    faces = face_set(28)
    return replace(faces, votes=np.random.default_rng(0).integers(1, 5, (28, 10), dtype=np.uint8))


@pytest.mark.parametrize("name", recipes.all_recipes())
def test_a_recipe_takes_one_step_on_four_faces(name: str) -> None:
    if name == "mini-xception" and os.environ.get("TF_ENABLE_ONEDNN_OPTS") != "0":
        _require_passed_without_onednn(
            f"{__file__}::{test_a_recipe_takes_one_step_on_four_faces.__name__}[{name}]"
        )
        return
    keras.backend.clear_session()
    recipe = strict_yaml.load(recipes.named(name), Recipe).model_copy(update={"batch": 4})
    faces = faces_with_votes()
    built = student.build(recipe, len(faces.classes), steps_an_epoch=1)
    before = np.asarray(built.network.trainable_variables[-1])
    views, targets = AugmentedBatches(faces, recipe)[0]
    figures = train_batch(built.model, views, targets, teachers_of(recipe, faces.classes))
    assert np.isfinite(float(figures["loss"]))
    assert not np.array_equal(before, np.asarray(built.network.trainable_variables[-1]))


def _require_passed_without_onednn(test: str) -> None:
    """TensorFlow 2.21's oneDNN kernels crash in this network, and would take pytest with them."""
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-m", "integration", test]
    environment = os.environ | {"TF_ENABLE_ONEDNN_OPTS": "0"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout

"""How fast a network trains and judges on this machine, measured on a throw-away copy of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from edge.contract.facesets import FaceSet
from training.budget.plan import Speed
from training.fitting import student
from training.fitting.batches import AugmentedBatches
from training.fitting.fit import teachers_of, train_batch
from training.recipe import Recipe

_FEW = 4
_SLOW_S = 3.0
_MEASURED_S = 2.0


def measure(recipe: Recipe, training: FaceSet) -> Speed:
    """A few batches; a network that takes seconds for one is measured on parts of a batch."""
    built = student.build(recipe, len(training.classes), steps_an_epoch=1)
    committee = teachers_of(recipe, training.classes)
    batches = AugmentedBatches(training, recipe)

    def train(rows: int) -> None:
        views, targets = batches[0]
        part = {name: values[:rows] for name, values in targets.items()}
        train_batch(built.model, views[:rows], part, committee)

    batch_s = _seconds(lambda: train(_FEW)) * recipe.batch / _FEW
    if batch_s < _SLOW_S:
        batch_s = _seconds(lambda: train(recipe.batch))
    faces = batches[0][0]
    few = np.resize(faces, (32, *faces.shape[1:]))
    return Speed(1 / batch_s, len(few) / _seconds(lambda: built.network.predict_on_batch(few)))


def _seconds(call: Callable[[], Any]) -> float:
    """Mean duration after a first call, which builds the graph."""
    call()
    started_s = time.monotonic()
    calls = 0
    while calls == 0 or time.monotonic() - started_s < _MEASURED_S:
        call()
        calls += 1
    return (time.monotonic() - started_s) / calls

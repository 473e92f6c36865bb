"""A small recipe, and runs of it that say nothing or are interrupted; imports Keras."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml

from tests.training.builders import face_set
from training.fitting.fit import fit
from training.recipe import Recipe

Run = tuple[Path, Any, list[dict[str, float]]]

FIELDS: dict[str, Any] = {
    "schema": "training/1",
    "network": "tiny",
    "crop_px": 24,
    "epochs": 2,
    "batch": 16,
    "held_out": 0.2,
    "augmentation": {"zoom": [1.0, 1.0], "shift": 0, "rotation_deg": 0},
    "optimizer": {"learning_rate": 0.02, "warmup_epochs": 0.5, "ema": 0.5, "weight_decay": 0.05},
}
RECIPE = Recipe.model_validate(FIELDS)
TRAINING, HELD_OUT = face_set(96), face_set(14, seed=5)
#: (64, 48, 48) uint8, smooth enough for a network to tell them apart: noise looks the same whatever its seed.
PICTURES = np.stack(
    [
        cv2.resize(np.random.default_rng(seed).integers(0, 256, (6, 6), dtype=np.uint8), (48, 48))
        for seed in range(64)
    ]
).astype(np.uint8)


class Silent:
    """A progress that says nothing."""

    def batch_done(self, epoch: int, batch: int, batches: int, loss: float) -> None: ...

    def epoch_done(self, record: Mapping[str, float]) -> None: ...


class Interrupted(Silent):
    """Ctrl-C in the middle of an epoch (counted from 0)."""

    def __init__(self, epoch: int) -> None:
        self._epoch = epoch

    def batch_done(self, epoch: int, batch: int, batches: int, loss: float) -> None:
        if (epoch, batch) == (self._epoch, 2):
            raise KeyboardInterrupt


def run(folder: Path, *, resume: bool, progress: Silent | None = None, recipe: Recipe = RECIPE) -> Run:
    trained = fit(recipe, TRAINING, HELD_OUT, folder, resume, progress or Silent())
    return folder, trained.network, trained.history


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "training", *map(str, arguments)]


def recipe_file(folder: Path, **fields: object) -> Path:
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump({**FIELDS, **fields}), encoding="utf-8")
    return path

"""Trains under JAX on two simulated devices; prints how many, and where the first kernel lies."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from tests.training.builders import face_set
from training import devices
from training.fitting.fit import fit
from training.recipe import Recipe


class Silent:
    def batch_done(self, epoch: int, batch: int, batches: int, loss: float) -> None: ...

    def epoch_done(self, record: Mapping[str, float]) -> None: ...


fields = {"schema": "training/1", "network": "tiny", "crop_px": 24, "epochs": 1, "batch": 16}
count = devices.use_all("cpu")
trained = fit(Recipe.model_validate(fields), face_set(48), None, Path(sys.argv[1]), False, Silent())
sys.stdout.write(
    f"{count} devices, {len(trained.network.weights[0].value.sharding.device_set)} hold the kernel\n"
)

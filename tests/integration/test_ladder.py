"""A ladder of two rungs and two seeds on a few generated faces: real training."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.training.builders import face_set, joined, write_csv

pytestmark = [pytest.mark.integration, pytest.mark.keras]
keras = pytest.importorskip("keras", reason="needs the training extra")

from tests.integration.training_runs import FIELDS, command  # noqa: E402 - after the skip: Keras

ROOT = Path(__file__).parents[2]
QUIET = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}


def climb(folder: Path, change: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    lowest = {**FIELDS, "epochs": 1}
    rungs = [{"name": "plain"}, {"name": "changed", "change": change}]
    ladder = folder / "ladder.yaml"
    ladder.write_text(
        yaml.safe_dump({"schema": "ladder/1", "seeds": [0, 1], "recipe": lowest, "rungs": rungs}),
        encoding="utf-8",
    )
    data = folder / "fer2013.csv"
    if not data.exists():
        write_csv(data, joined(face_set(60), face_set(21, "PublicTest", seed=3)))
    arguments = command("ladder", "--ladder", ladder, "--data", data, "--out", folder / "out")
    return subprocess.run(arguments, cwd=ROOT, env=QUIET, capture_output=True, text=True, check=False)


def test_every_rung_is_trained_with_every_seed_once_and_another_recipe_in_its_place_is_refused(
    tmp_path: Path,
) -> None:
    done = climb(tmp_path, {"label_smoothing": 0.2})
    assert done.returncode == 0, done.stderr
    rungs = json.loads((tmp_path / "out" / "ladder.json").read_text(encoding="utf-8"))["rungs"]
    assert [[run["seed"] for run in rung["runs"]] for rung in rungs] == [[0, 1], [0, 1]]
    assert "| 2. changed |" in (tmp_path / "out" / "ladder.md").read_text(encoding="utf-8")
    assert (tmp_path / "out" / "ladder.png").stat().st_size > 5_000
    recipe = json.loads((tmp_path / "out" / "runs" / "02-seed1" / "metrics.json").read_text())["recipe"]
    assert (recipe["label_smoothing"], recipe["seed"]) == (0.2, 1)

    again = climb(tmp_path, {"label_smoothing": 0.2})
    assert (again.returncode, "epoch" in again.stdout) == (0, False), "nothing is trained twice"
    other = climb(tmp_path, {"label_smoothing": 0.3})
    assert other.returncode != 0
    assert "02-seed0: was trained by another recipe than rung 2 (changed) has now" in other.stderr

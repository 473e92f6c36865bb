from __future__ import annotations

from pathlib import Path

import pytest

from edge.contract import strict_yaml
from edge.errors import ContractError
from tests.training.comparison.rows import metrics, run_folder
from training.budget import plan as budget
from training.budget.plan import Limits, Plan
from training.comparison import earlier_run
from training.recipe import Recipe
from training.runs.folder import as_dict

FREE = Limits()


def recipe(folder: Path, **fields: object) -> Path:
    path = folder / "quick.yaml"
    lines = {"schema": "training/1", "network": "tiny", "epochs": 36, **fields}
    path.write_text("\n".join(f"{name}: {value}" for name, value in lines.items()), encoding="utf-8")
    return path


def finished(folder: Path, used: Recipe) -> Path:
    return run_folder(folder, metrics(recipe=as_dict(used)))


def test_a_run_of_this_very_recipe_serves_again(tmp_path: Path) -> None:
    file = recipe(tmp_path)
    run = finished(tmp_path / "run", strict_yaml.load(file, Recipe))
    earlier_run.require_recipe(run, file, FREE)


def test_a_run_of_a_recipe_that_was_edited_since_is_refused_with_what_differs(tmp_path: Path) -> None:
    run = finished(tmp_path / "run", strict_yaml.load(recipe(tmp_path), Recipe))
    edited = recipe(tmp_path, epochs=3, held_out=0.2)
    with pytest.raises(ContractError, match=r"epochs \(was 36, is 3\), held_out .*; set these fields back, "):
        earlier_run.require_recipe(run, edited, FREE)


def test_a_run_within_limits_is_compared_with_its_shortened_recipe(tmp_path: Path) -> None:
    file, limits, planned = recipe(tmp_path), Limits(minutes=2), Plan(4, 1000, None)
    run = finished(tmp_path / "run", budget.shortened(strict_yaml.load(file, Recipe), planned))
    budget.save(run, limits, planned)
    earlier_run.require_recipe(run, file, limits)
    with pytest.raises(ContractError, match=r"batch \(was 128, is 64\)"):
        earlier_run.require_recipe(run, recipe(tmp_path, batch=64), limits)


def test_where_no_run_is_finished_there_is_nothing_to_compare(tmp_path: Path) -> None:
    earlier_run.require_recipe(tmp_path / "none", tmp_path / "broken.yaml", FREE)

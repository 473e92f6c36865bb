"""The ladder file: what each rung's recipe becomes, and what is wrong with a faulty one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from edge.errors import ConfigError
from training.ladder import spec
from training.recipe import Recipe

ROOT = Path(__file__).parents[3]
LOWEST = {"schema": "training/1", "network": "tiny", "optimizer": {"learning_rate": 0.1, "ema": 0}}


def ladder(folder: Path, *rungs: dict[str, Any], **fields: Any) -> Path:
    path = folder / "ladder.yaml"
    whole = {"schema": "ladder/1", "recipe": LOWEST, "rungs": list(rungs), **fields}
    path.write_text(yaml.safe_dump(whole), encoding="utf-8")
    return path


def test_a_rung_keeps_what_the_rungs_below_have_changed_and_the_rest_of_a_section(tmp_path: Path) -> None:
    rungs = (
        {"name": "plain"},
        {"name": "averaged", "change": {"optimizer": {"ema": 0.99}}},
        {"name": "votes", "change": {"votes": {"target_share": 0.4}}},
    )
    climb = spec.load(ladder(tmp_path, *rungs, seeds=[3, 4, 3]))
    assert climb.seeds == (3, 4)
    assert [(step.number, step.name) for step in climb.steps] == [(1, "plain"), (2, "averaged"), (3, "votes")]
    assert climb.steps[0].fields == LOWEST
    assert climb.steps[2].fields["optimizer"] == {"learning_rate": 0.1, "ema": 0.99}
    assert climb.steps[2].fields["votes"] == {"target_share": 0.4}


def test_a_fault_in_a_rungs_recipe_is_told_with_file_rung_and_field(tmp_path: Path) -> None:
    path = ladder(tmp_path, {"name": "plain"}, {"name": "fast", "change": {"optimizer": {"speed": 2}}})
    with pytest.raises(ConfigError, match=r"ladder\.yaml: rung 2 \(fast\): optimizer\.speed: "):
        spec.load(path)


def test_a_rung_that_changes_nothing_is_refused(tmp_path: Path) -> None:
    path = ladder(tmp_path, {"name": "plain"}, {"name": "same", "change": {"network": "tiny"}})
    with pytest.raises(ConfigError, match=r"rung 2 \(same\): changes nothing of the rung below"):
        spec.load(path)


@pytest.mark.parametrize("faulty", [{"rungs": []}, {"seeds": []}, {"seeds": [-1]}, {"steps": 3}])
def test_a_faulty_file_is_refused_with_its_field(tmp_path: Path, faulty: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(faulty))):
        spec.load(ladder(tmp_path, {"name": "plain"}, **faulty))


def test_the_ladder_that_travels_with_the_project_ends_at_the_parts_of_the_shipped_recipe() -> None:
    climb = spec.load(ROOT / "config" / "ladder.yaml")
    top = Recipe.model_validate(climb.steps[-1].fields)
    tiny = Recipe.model_validate(yaml.safe_load((ROOT / "config" / "recipes" / "tiny.yaml").read_text()))
    assert (top.network, top.crop_px) == (tiny.network, tiny.crop_px)
    assert (top.augmentation, top.mixup, top.votes) == (tiny.augmentation, tiny.mixup, tiny.votes)
    assert top.label_smoothing == tiny.label_smoothing
    assert top.distillation == tiny.distillation

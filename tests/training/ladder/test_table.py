"""The ladder's table: means, steps between rungs, and what a single run can tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edge.errors import ContractError
from tests.training.comparison.rows import metrics
from training.ladder import table
from training.ladder.table import RungRow


def judged(seed: int, accuracy: float, **changed: Any) -> dict[str, Any]:
    figures = {"images": 3600, "accuracy": accuracy, "macro_f1": 0.6, "ece": 0.02}
    split = {"official": figures, "clean": {**figures, "accuracy": accuracy - 0.02}}
    return metrics(seed=seed, public_test=split, **changed)


def row(number: int, name: str, *accuracies: float) -> RungRow:
    made = RungRow(number, name)
    for seed, accuracy in enumerate(accuracies):
        made = made.with_run(judged(seed, accuracy))
    return made


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_each_rung_tells_its_mean_and_what_it_is_over_the_rung_below() -> None:
    rows = [row(1, "plain", 0.50, 0.52), row(2, "moved", 0.60, 0.60), row(3, "averaged")]
    lines = table.markdown(rows).splitlines()
    assert cells(lines[2])[:4] == ["1. plain", "51.0% +- 1.4", "-", "49.0% +- 1.4"]
    assert cells(lines[3])[:3] == ["2. moved", "60.0% +- 0.0", "+9.0 +- 1.4"]
    assert len(lines) == 6, "a rung without a run has no line yet"
    assert "the standard error of one accuracy from the choice of faces alone is 0.8 points" in lines[5]


def test_a_step_compares_only_the_seeds_that_both_rungs_have() -> None:
    rows = [row(1, "plain", 0.50), row(2, "moved", 0.49, 0.70)]
    assert rows[1].over(rows[0]) == [pytest.approx(-0.01)]
    assert cells(table.markdown(rows).splitlines()[3])[2] == "-1.0"


def test_json_has_every_run(tmp_path: Path) -> None:
    table.write(tmp_path, [row(1, "plain", 0.5, 0.52)])
    (rung,) = json.loads((tmp_path / "ladder.json").read_text(encoding="utf-8"))["rungs"]
    assert [(run["seed"], run["accuracy"]) for run in rung["runs"]] == [(0, 0.5), (1, 0.52)]


def test_data_without_a_reported_split_is_refused() -> None:
    without = {name: value for name, value in judged(0, 0.5).items() if name != "public_test"}
    with pytest.raises(ContractError, match="a ladder needs data with a split to report"):
        RungRow(1, "plain").with_run(without)

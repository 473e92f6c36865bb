from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edge.errors import ContractError
from tests.training.comparison.rows import FOOTPRINT, metrics, row, run_folder
from training.comparison.row import in_words, read


def test_a_run_of_before_limits_and_starts_were_told_is_read(tmp_path: Path) -> None:
    found = read("ours", run_folder(tmp_path / "run", metrics()), FOOTPRINT, equal_budget=False)
    assert (found.name, found.split, found.images) == ("ours", "PublicTest", 3589)
    assert (found.accuracy, found.accuracy_clean, found.macro_f1) == (0.67, 0.66, 0.65)
    assert (found.start, found.budget) == ("scratch", "its recipe, 36 epochs")
    assert found.equal_budget_accuracy is None


def test_a_run_within_limits_tells_them_and_counts_at_equal_budget(tmp_path: Path) -> None:
    content = metrics(limits={"minutes": 0.5, "eval_minutes": 1}, start="imagenet")
    found = read("a", run_folder(tmp_path / "run", content), FOOTPRINT, equal_budget=True)
    assert (found.budget, found.start, found.equal_budget_accuracy) == ("0.5 min", "imagenet", 0.67)


def test_kaggles_test_folder_serves_where_there_is_no_public_test(tmp_path: Path) -> None:
    content = metrics()
    content["test"] = {**content.pop("public_test"), "clean": None}
    found = read("a", run_folder(tmp_path / "run", content), FOOTPRINT, equal_budget=True)
    assert (found.split, found.accuracy_clean) == ("test", None)


def test_published_weights_have_no_budget(tmp_path: Path) -> None:
    content = metrics(epochs=0, minutes=0, start="published")
    assert read("a", run_folder(tmp_path / "r", content), FOOTPRINT, False).budget == "as published"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"schema": "other/1"}, "expected the schema training-metrics/1"),
        ({**metrics(), "public_test": None}, "train again with this version"),
        ({k: v for k, v in metrics().items() if k != "public_test"}, "judged on neither PublicTest nor test"),
        ({k: v for k, v in metrics().items() if k != "parameters"}, "lacks 'parameters'"),
    ],
)
def test_a_run_that_lacks_something_is_refused(content: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=said):
        read("a", run_folder(tmp_path / "run", content), FOOTPRINT, False)


def test_a_folder_without_a_finished_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="no finished run"):
        read("a", tmp_path, FOOTPRINT, False)


def test_a_replacing_row_keeps_what_was_reached_at_equal_budget() -> None:
    better = row(accuracy=0.7, equal_budget_accuracy=None)
    assert better.at_equal_budget_of(row(equal_budget_accuracy=0.5)).equal_budget_accuracy == 0.5
    assert better.at_equal_budget_of(None) == better


def test_limits_are_told_in_words() -> None:
    assert in_words({"minutes": 0.5, "epochs": 3, "train_images": 512}) == "0.5 min, 3 epochs, 512 faces"
    assert not in_words({"eval_minutes": 1})

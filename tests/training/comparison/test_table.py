from __future__ import annotations

import csv
import json
from pathlib import Path

from edge.contract.labels import FER2013_LABELS
from tests.training.comparison.rows import row
from training.comparison import table
from training.comparison.row import Footprint, Missing

SIX = tuple(name for name in FER2013_LABELS if name != "disgust")
ROWS = [
    row("worse", accuracy=0.4, start="imagenet", equal_budget_accuracy=None, accuracy_clean=None),
    row("best", accuracy=0.7, dataset="fer2013 with FER+ votes"),
    row("six", accuracy=0.6, labels=SIX, images=3534, epochs=0, budget="as published"),
]
MISSING = [Missing("vgg16", "exit code -9: out of memory")]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_best_stands_first_and_each_row_tells_its_budget() -> None:
    lines = table.markdown(table.best_first(ROWS), MISSING, "0.5 min").splitlines()
    head = cells(lines[0])
    best, six, worse = (dict(zip(head, cells(line), strict=True)) for line in lines[2:5])
    assert [found["network"] for found in (best, six, worse)] == ["`best`", "`six`", "`worse`"]
    assert best["accuracy"] == "70.0%"
    assert best["trained on"] == "3 x 25,838 with votes"
    assert (best[".keras, MB"], best["int8, MB"], best["MMACs"]) == ("3.70", "0.92", "62.8")
    assert (six["classes"], six["judged on"], six["trained on"], six["minutes"]) == ("6", "3,534", "-", "-")
    assert (worse["clean"], worse["equal budget"], worse["start"]) == ("-", "-", "imagenet")


def test_what_a_bundle_does_not_tell_is_a_dash() -> None:
    bundle = row("shipped", minutes=None, footprint=Footprint(None, 1_590_000, 0.3, None))
    head, _, line = table.markdown([bundle], [], "0.5 min").splitlines()[:3]
    found = dict(zip(cells(head), cells(line), strict=True))
    assert (found[".keras, MB"], found["Keras, ms"], found["minutes"]) == ("-", "-", "-")
    assert (found["int8, MB"], found["int8, ms"]) == ("1.59", "0.30")


def test_missing_rows_and_published_figures_stand_below_the_table() -> None:
    said = table.markdown(ROWS, MISSING, "0.5 min")
    assert "accuracy after 0.5 min of training" in said
    assert "- `vgg16`: exit code -9: out of memory" in said
    assert "journal.pone.0231968" in said
    assert "14.28%" in said
    assert "Not in the table" not in table.markdown(ROWS, [], "0.5 min")


def test_csv_and_json_hold_every_field(tmp_path: Path) -> None:
    table.write(tmp_path, ROWS, MISSING, "0.5 min")
    with (tmp_path / "comparison.csv").open(newline="", encoding="utf-8") as handle:
        lines = list(csv.DictReader(handle))
    assert [line["name"] for line in lines] == ["best", "six", "worse"]
    assert lines[0]["int8_bytes"] == "920000"
    assert lines[1]["labels"] == "angry fear happy sad surprise neutral"
    stored = json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))
    assert stored["rows"][0]["multiply_accumulates"] == 62_800_000
    assert stored["missing"] == [{"name": "vgg16", "reason": "exit code -9: out of memory"}]


def test_a_table_without_rows_can_be_written(tmp_path: Path) -> None:
    table.write(tmp_path, [], MISSING, "0.5 min")
    assert "vgg16" in (tmp_path / "comparison.md").read_text(encoding="utf-8")

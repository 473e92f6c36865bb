from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.datatypes import BgrImage, Box, Detection
from tests.training.detection.builders import boxes, photo
from training.detection.comparing import comparison_report, conditions
from training.detection.comparing.comparison import Row, judge

pytest.importorskip("pycocotools", reason="needs the training extra")

FACES = boxes((10, 10, 40, 50), (60, 10, 130, 90))
PHOTOS = [photo(0, faces=FACES), photo(1, faces=boxes())]


class Always:
    """Finds the same in every picture: here the larger of the two faces."""

    name = "always"

    def detect(self, image: BgrImage) -> list[Detection]:
        return [Detection(Box(60, 10, 130, 90), 0.9)]


@pytest.fixture(scope="module")
def row() -> Row:
    return judge("always", Always(), PHOTOS, 24, 1000, 2000)


def test_a_row_tells_sizes_and_parts_apart(row: Row) -> None:
    assert row.whole.faces == 2
    assert {name: scored.faces for name, scored in row.by_size.items()} == {
        "24-48 px": 1,
        "48-96 px": 1,
        "96+ px": 0,
    }
    assert row.by_size["48-96 px"].recall_at(1.0) == 1.0
    assert row.by_size["24-48 px"].recall_at(1.0) == 0.0
    assert row.whole.correct.tolist() == [True, False]
    assert row.ms >= 0


def test_the_files_say_the_same(row: Row, tmp_path: Path) -> None:
    comparison_report.write(tmp_path, [row], "two photos")
    document = json.loads((tmp_path / "comparison.json").read_text())
    assert document["rows"][0]["average_precision"] == round(row.whole.average_precision, 4)
    assert document["rows"][0]["average_precision 96+ px"] is None
    assert "| always |" in (tmp_path / "comparison.md").read_text()
    assert (tmp_path / "comparison.csv").read_text().count("\n") == 2
    assert (tmp_path / "precision-recall.png").stat().st_size > 5000


def test_photos_are_told_apart_by_source_and_condition() -> None:
    portrait, group = photo(2, faces=boxes((60, 20, 140, 120))), photo(3, faces=boxes(*[(9, 9, 40, 40)] * 6))
    found = conditions.parts([*PHOTOS, portrait, group])
    assert found["portrait"] == [2]
    assert found["group"] == [3]
    assert found["source made"] == [0, 1, 2, 3]
    assert 1 in found["dark"]

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from convert import training_record
from edge.contract.labels import FER2013_LABELS
from edge.errors import ContractError

RECORD = {
    "schema": "training-metrics/1",
    "network": "compact",
    "labels": ["happy", "sad"],
    "temperature": 1.3,
    "recipe": {"epochs": 36},
    "dataset": {"name": "fer2013", "training_images": 25838},
    "seed": 4,
    "code": "abc",
    "epochs": 36,
    "held_out": {"accuracy": 0.64},
}


def test_labels_and_temperature_come_from_training(tmp_path: Path) -> None:
    (tmp_path / "metrics.json").write_text(json.dumps(RECORD))

    found = training_record.read(tmp_path)

    assert (found.labels, found.temperature, found.seed, found.code) == (("happy", "sad"), 1.3, 4, "abc")
    assert found.recipe == {"epochs": 36}


def test_without_a_record_fer2013_is_assumed_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        found = training_record.read(tmp_path)

    assert (found.labels, found.temperature) == (FER2013_LABELS, 1.0)
    assert "temperature 1.0" in caplog.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not a training-metrics/1 record"),
        (json.dumps(RECORD | {"temperature": -1}), "temperature: "),
        (json.dumps(RECORD | {"schema": "training-metrics/2"}), "schema: "),
        (json.dumps(RECORD | {"labels": ["one"]}), "labels: "),
    ],
)
def test_a_malformed_record_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "metrics.json").write_text(text)

    with pytest.raises(ContractError, match=said):
        training_record.read(tmp_path)

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from edge.errors import ContractError
from tests.training.builders import face_set
from training.evaluation import final_record

FACES = face_set(7, "PrivateTest")
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data" / "fer2013.csv"


def model_file(folder: Path, content: str = "weights") -> Path:
    folder.mkdir(exist_ok=True, parents=True)
    path = folder / "model.keras"
    path.write_text(content, encoding="utf-8")
    return path


def look(model: Path, data: Path, minutes: int = 0) -> final_record.Looks:
    data.parent.mkdir(exist_ok=True)
    now = NOW + timedelta(minutes=minutes)
    return final_record.add(model, data, FACES, "PrivateTest", {"images": 7}, "abc", now)


def test_a_look_is_a_line_with_time_model_code_and_figures(tmp_path: Path, data: Path) -> None:
    model = model_file(tmp_path / "run")
    look(model, data)
    (line,) = (tmp_path / "run" / "model.keras.final.jsonl").read_text(encoding="utf-8").splitlines()
    said = json.loads(line)
    assert said["schema"] == "final-evaluation/1"
    assert said["time"] == "2026-11-24T12:00:00+00:00"
    assert (said["split"], said["code"], said["figures"]) == ("PrivateTest", "abc", {"images": 7})
    assert (tmp_path / "data" / "fer2013.csv.final.jsonl").read_text(encoding="utf-8") == line + "\n"


def test_looks_of_this_model_and_of_all_models_are_counted(tmp_path: Path, data: Path) -> None:
    one, other = model_file(tmp_path / "a"), model_file(tmp_path / "b", "other weights")
    assert look(one, data) == final_record.Looks(1, 1)
    assert look(other, data, 1) == final_record.Looks(1, 2)
    assert look(one, data, 2) == final_record.Looks(2, 3)


def test_new_weights_in_the_same_file_are_another_model(tmp_path: Path, data: Path) -> None:
    look(model_file(tmp_path / "a"), data)
    assert look(model_file(tmp_path / "a", "trained again"), data, 1) == final_record.Looks(1, 2)


def test_a_bundle_keeps_its_record_beside_its_folder(tmp_path: Path, data: Path) -> None:
    bundle = tmp_path / "fer-compact"
    model_file(bundle)
    assert look(bundle, data) == final_record.Looks(1, 1)
    assert (tmp_path / "fer-compact.final.jsonl").is_file()
    assert [path.name for path in bundle.iterdir()] == ["model.keras"]


def test_data_that_cannot_be_written_beside_leave_the_record_of_the_model(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = model_file(tmp_path / "run")
    nowhere = tmp_path / "run" / "missing" / "fer2013.csv"
    for minutes in (0, 1):
        looks = final_record.add(
            model, nowhere, FACES, "PrivateTest", {}, None, NOW + timedelta(minutes=minutes)
        )
    assert looks == final_record.Looks(2, 2)
    assert "beside the model only" in caplog.text


def test_a_record_that_cannot_be_written_forbids_the_look(tmp_path: Path) -> None:
    model = model_file(tmp_path / "run")
    final_record.path(model).mkdir()
    with pytest.raises(ContractError, match="cannot be recorded"):
        final_record.require_writable(model)


def test_a_damaged_record_forbids_the_look(tmp_path: Path) -> None:
    model = model_file(tmp_path / "run")
    for content, said in (("{", "not JSON"), ('{"schema": "x"}', "expected the schema final-evaluation/1")):
        final_record.path(model).write_text(content + "\n", encoding="utf-8")
        with pytest.raises(ContractError, match=f"jsonl:1: {said}"):
            final_record.require_writable(model)

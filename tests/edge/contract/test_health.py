from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.contract import health
from edge.errors import ContractError
from tests.edge.contract.health_builder import a_record


def test_a_record_is_read_as_it_was_written_and_replaces_the_last_one(tmp_path: Path) -> None:
    path = tmp_path / "run" / "health.json"
    health.write(path, a_record())
    health.write(path, a_record(ready=False, reasons=["camera door: stalled"]))
    assert health.read(path) == a_record(ready=False, reasons=["camera door: stalled"])
    assert [part.name for part in path.parent.iterdir()] == ["health.json"]


def test_what_a_later_daemon_adds_is_ignored_and_another_version_is_not(tmp_path: Path) -> None:
    path = tmp_path / "health.json"
    fields = json.loads(a_record().model_dump_json(by_alias=True))
    assert fields["schema"] == "health/1"
    path.write_text(json.dumps(fields | {"new": 1}))
    assert health.read(path) == a_record()
    path.write_text(json.dumps(fields | {"schema": "health/2"}))
    with pytest.raises(ContractError, match="not a health/1 record"):
        health.read(path)


def test_no_record_is_no_daemon(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="is the daemon running"):
        health.read(tmp_path / "health.json")

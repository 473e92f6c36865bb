from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge.errors import ContractError
from training.__main__ import app

#: The commands whose results go to a folder only at the end.
COMMANDS = (
    *("data-report", "evaluate", "measure-crops", "measure-gate"),
    *("time-detectors", "compare-far", "compare-near", "compare-detectors"),
)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_file_as_out_is_refused_before_the_work(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    refused = CliRunner().invoke(app, [name, "--out", str(tmp_path / "file")], env={"COLUMNS": "400"})
    assert refused.exit_code == 2
    assert "Invalid value for '--out'" in refused.output
    assert "is a file; give a folder" in refused.output


def test_films_that_are_not_there_are_told_before_the_classifier_is_loaded(tmp_path: Path) -> None:
    parts = [part for name in ("data", "classifier", "bundle", "films") for part in (f"--{name}", "nope")]
    done = CliRunner().invoke(app, ["measure-gate", *parts, "--out", str(tmp_path)])
    assert isinstance(done.exception, ContractError)
    assert str(done.exception).startswith("nope: no folder with films")

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from edge import shipped, weights
from edge.__main__ import app
from edge.commands import models
from edge.commands.models import list_models

NAMES = [*weights.CATALOGUE, *(folder.name for folder in shipped.bundles())]


def test_a_pipe_gets_whole_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / ("long" * 20)
    monkeypatch.setenv("EMOTION_EDGE_WEIGHTS", str(folder))
    monkeypatch.setattr(weights, "present", lambda name, _: name == "yunet")
    list_models()
    said = capsys.readouterr().out
    assert str(folder) in said
    assert all(f" {name} " in said for name in NAMES)
    assert all(entry.license in said for entry in weights.CATALOGUE.values())


@pytest.mark.parametrize("width", [20, 80])
def test_a_narrow_terminal_breaks_no_name(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    terminal = Console(width=width, force_terminal=True, color_system=None)
    monkeypatch.setattr(models, "Console", lambda: terminal)
    list_models()
    said = capsys.readouterr().out
    assert all(f" {name} " in said for name in NAMES)
    assert "…" not in said


def test_an_output_that_is_ascii_is_no_crash(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    monkeypatch.setenv("EMOTION_EDGE_WEIGHTS", str(tmp_path / "für mich"))
    monkeypatch.setattr(weights, "present", lambda *_: True)
    list_models()
    sys.stdout.flush()
    assert b"ferplus-compact" in written.getvalue()
    assert rb"f\xfcr mich" in written.getvalue()


def test_the_variable_that_moves_the_weights_is_named_where_their_folder_is() -> None:
    said = CliRunner().invoke(app, ["models", "pull", "--help"], env={"COLUMNS": "200"}).output
    assert "default: EMOTION_EDGE_WEIGHTS, else the user's cache" in said
    assert "EMOTION_EDGE_WEIGHTS" in shipped.example_configuration()

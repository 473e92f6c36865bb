from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from convert.__main__ import main
from convert.compare import Comparison
from convert.scheme_table import SchemeRow, markdown
from tests.fixtures.tiny_bundles import TINY_FLOAT, copied, edited


def exit_code(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["emotion-convert", *arguments])
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0)


def test_verify_tells_what_it_checked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(monkeypatch, "verify", str(TINY_FLOAT)) == 0

    table = capsys.readouterr().out
    assert "tiny-float 1.0.0 (emotion-classifier), int8" in table
    assert "(1, 12, 16, 1) float32 gray matches" in table
    assert "8 inputs, deviation" in table


def test_a_bad_bundle_exits_with_78_and_one_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = edited(copied(tmp_path), "files", "tflite", "sha256", value="0" * 64)

    assert exit_code(monkeypatch, "verify", str(folder)) == 78

    shown = capsys.readouterr()
    assert shown.out == ""
    assert "sha256" in shown.err
    assert "Traceback" not in shown.err


@pytest.mark.parametrize(
    ("option", "value"), [("--name", "Fer Compact"), ("--version", "1.0"), ("--scheme", "int4")]
)
def test_an_impossible_option_is_told_before_any_work(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], option: str, value: str
) -> None:
    given = ("bundle", "--model", "m.keras", "--data", "d", "--out", "o", option, value)

    assert exit_code(monkeypatch, *given) == 2

    assert value in capsys.readouterr().err


def test_the_command_line_starts_without_tensorflow() -> None:
    code = "import sys, convert.__main__; sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_final_split_is_not_touched_by_a_conversion(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--model", "m", "--data", "d", "--out", "o", "--gate-split", "PrivateTest")

    assert exit_code(monkeypatch, "bundle", *arguments) == 2

    assert "emotion-train evaluate --final" in " ".join(capsys.readouterr().err.split())


def test_a_detector_without_float_ends_is_refused_before_any_work(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    files = (
        "--model",
        str(tmp_path / "none.keras"),
        "--photos",
        str(tmp_path),
        "--out",
        str(tmp_path / "out"),
    )
    assert exit_code(monkeypatch, "detector-bundle", *files, "--scheme", "full-int8") == 2
    assert "full-int8" in capsys.readouterr().err


def test_a_report_on_faces_that_lack_a_class_is_json_still() -> None:
    compared = Comparison(3, 1.0, 0.5, 0.5, math.nan, 0.1, (1.0, 0.5, math.nan))
    row = SchemeRow("int8", 1000, 0.5, compared, None)
    told = json.loads(json.dumps(row.as_dict(), allow_nan=False))
    assert (told["comparison"]["accuracy_clean"], told["comparison"]["recall"]) == (None, [1.0, 0.5, None])
    assert "nan" not in markdown([row], "PublicTest")

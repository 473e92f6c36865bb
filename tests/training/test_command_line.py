from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.training.builders import face_set, joined, write_csv

ROOT = Path(__file__).parents[2]
RECIPE = ROOT / "config" / "training.yaml"


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "training", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "fer2013.csv", joined(face_set(7), face_set(3, "PublicTest", seed=1)))


def test_help_does_not_import_keras() -> None:
    code = (
        "import sys; sys.argv = ['training', 'fit', '--help']\n"
        "from training.__main__ import main\n"
        "try: main()\n"
        "except SystemExit as stop: assert not stop.code\n"
        "assert not {'keras', 'tensorflow', 'numpy', 'matplotlib'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--recipe" in done.stdout


def test_a_recipe_with_faults_ends_with_78_and_no_traceback(tmp_path: Path, data: Path) -> None:
    recipe = tmp_path / "r.yaml"
    recipe.write_text("schema: training/1\nnetwork: huge\nepoch: 3\n", encoding="utf-8")
    done = run("fit", "--recipe", recipe, "--data", data, "--out", tmp_path / "out")
    assert done.returncode == 78
    assert f"{recipe}:2: network: unknown network 'huge'" in done.stderr
    assert f"{recipe}:3: epoch: unknown field" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_missing_data_ends_with_78(tmp_path: Path) -> None:
    done = run("fit", "--recipe", RECIPE, "--data", tmp_path / "none.csv", "--out", tmp_path / "out")
    assert done.returncode == 78
    assert "no such file or folder" in done.stderr


def test_a_folder_with_a_run_is_refused_after_telling_the_skipped_rows(tmp_path: Path, data: Path) -> None:
    with data.open("a", encoding="utf-8") as handle:
        handle.write("9,1 2 3,Training\n")
    out = tmp_path / "out"
    out.mkdir()
    (out / "checkpoint.keras").write_bytes(b"")
    done = run("fit", "--recipe", RECIPE, "--data", data, "--out", out)
    assert done.returncode == 78
    assert "1 rows skipped, 10 used" in done.stdout
    assert "line 12: expected 2304 pixels, found 3" in done.stdout
    assert "add --resume" in done.stderr


def test_the_final_split_needs_to_be_asked_for(tmp_path: Path, data: Path) -> None:
    done = run("evaluate", "--model", tmp_path / "m.keras", "--data", data, "--split", "PrivateTest")
    assert done.returncode == 2
    assert "--final" in done.stderr


def test_an_unknown_split_names_those_that_there_are(tmp_path: Path, data: Path) -> None:
    done = run("evaluate", "--model", tmp_path / "m.keras", "--data", data, "--split", "dev")
    assert done.returncode == 2
    assert "held-out" in done.stderr

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.training.builders import face_set, joined, write_csv
from tests.training.evaluation.test_summary import run as summary_run

ROOT = Path(__file__).parents[2]
RECIPE = ROOT / "config" / "training.yaml"
BUNDLE = ROOT / "edge" / "models" / "fer-compact"


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


def test_training_itself_is_no_test_unless_stated(tmp_path: Path, data: Path) -> None:
    arguments = ("evaluate", "--model", BUNDLE, "--data", data, "--split", "Training")
    refused = run(*arguments)
    assert refused.returncode == 78
    assert "state it with --allow-leakage" in refused.stderr
    assert run(*arguments, "--allow-leakage").returncode == 0


def test_a_look_at_the_final_split_is_recorded_and_counted(tmp_path: Path) -> None:
    bundle = Path(shutil.copytree(BUNDLE, tmp_path / "bundle"))
    data = write_csv(tmp_path / "fer2013.csv", joined(face_set(7), face_set(7, "PrivateTest", seed=1)))
    arguments = ("evaluate", "--model", bundle, "--data", data, "--split", "PrivateTest", "--final")
    assert "look 1 of this model at these faces, 1 of all" in run(*arguments).stdout
    assert "look 2 of this model at these faces, 2 of all" in run(*arguments).stdout
    lines = (tmp_path / "bundle.final.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["figures"]["images"] for line in lines] == [7, 7]


def test_fit_refuses_an_empty_class_and_names_it(tmp_path: Path) -> None:
    faces = face_set(14)
    data = write_csv(tmp_path / "fer2013.csv", faces.select(faces.labels != 1))
    done = run("fit", "--recipe", RECIPE, "--data", data, "--out", tmp_path / "out")
    assert done.returncode == 78
    assert "no face of class disgust in Training" in done.stderr
    assert not (tmp_path / "out").exists()


def test_fit_refuses_a_test_split_that_is_training_again(tmp_path: Path) -> None:
    faces = face_set(14)
    data = write_csv(
        tmp_path / "fer2013.csv", joined(faces, replace(faces, splits=np.full(14, "PublicTest")))
    )
    done = run("fit", "--recipe", RECIPE, "--data", data, "--out", tmp_path / "out")
    assert done.returncode == 78
    assert "PublicTest: 14 of 14 images are in Training too" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("fold", ["3", "0/5", "6/5", "1/1", "a/b"])
def test_a_fold_that_is_none_is_refused(tmp_path: Path, data: Path, fold: str) -> None:
    done = run("fit", "--recipe", RECIPE, "--data", data, "--out", tmp_path, "--fold", fold)
    assert done.returncode == 2
    assert "is not K/N" in done.stderr


def test_the_data_report_is_told_and_written(tmp_path: Path, data: Path) -> None:
    out = tmp_path / "report"
    done = run("data-report", "--data", data, "--drop-classes", "disgust", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "disgust (dropped)" in done.stdout
    assert {path.name for path in out.iterdir()} == {"report.json", "distribution.png", "samples.png"}


def test_runs_are_summarized_as_table_and_json(tmp_path: Path) -> None:
    runs = [summary_run(tmp_path / str(seed), 0.6, seed=seed) for seed in (0, 1)]
    done = run("summarize", *runs, "--json", tmp_path / "summary.json")
    assert done.returncode == 0, done.stderr
    assert "60.00% +- 0.00" in done.stdout
    plain = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert plain["schema"] == "training-summary/1"
    assert plain["summaries"][0]["accuracy"] == {"mean": 0.6, "sd": 0.0}

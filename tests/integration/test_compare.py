"""The comparison on a few generated faces: real training, real conversion, real clocks."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edge.contract import fer2013
from tests.training.builders import face_set, images, joined
from training.budget import limited
from training.budget import plan as budget
from training.budget.plan import Limits
from training.evaluation import evaluate
from training.recipe import Recipe

pytestmark = [
    pytest.mark.integration,
    pytest.mark.keras,
    # Keras 3.15 itself, with numpy 2.4
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
keras = pytest.importorskip("keras", reason="needs the training extra")

from tests.integration.training_runs import Interrupted, Silent, command  # noqa: E402 - after the skip: Keras
from training import networks  # noqa: E402
from training.fitting.fit import fit  # noqa: E402

ROOT = Path(__file__).parents[2]
#: As a user has it: importing JAX here, as Keras may, sets what TensorFlow says there.
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}


def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        cwd=ROOT,
        env={**_ENVIRONMENT, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """FER2013's npz layout."""
    faces = joined(face_set(140), face_set(35, "PublicTest", seed=3))
    path = tmp_path_factory.mktemp("data") / "fer2013.npz"
    np.savez(
        path,
        pixels=faces.images,
        label=faces.labels.astype(np.uint8),
        usage=(faces.splits == "PublicTest").astype(np.uint8),
    )
    return path


def rows(out: Path) -> dict[str, Any]:
    stored = json.loads((out / "comparison.json").read_text(encoding="utf-8"))
    return {row["name"]: row for row in stored["rows"]}


@pytest.fixture(scope="module")
def compared(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two networks, a recipe that cannot be read, and a reference that is not here."""
    out = tmp_path_factory.mktemp("compared")
    broken = out / "broken.yaml"
    broken.write_text("schema: training/1\nnetwork: huge\n", encoding="utf-8")
    limits = ("--minutes", 0.02, "--train-images", 96, "--eval-minutes", 0.5)
    # Ours asks for FER+ votes, which the faces do not have.
    tiny = out / "tiny.yaml"
    tiny.write_text("schema: training/1\nnetwork: tiny\n", encoding="utf-8")
    names = ("kaggle-gen05", broken, tiny, "deepface")
    done = run("compare", *names, "--data", data, "--out", out, *limits, HOME=str(out))
    assert done.returncode == 1, done.stderr  # two rows are missing
    assert "not in the table: broken: exit code 78" in done.stdout
    assert "unknown network 'huge'" in done.stdout
    assert "not in the table: deepface: an external reference" in done.stdout
    assert not done.stderr
    return out


def test_a_table_has_what_each_network_reaches_weighs_and_costs(compared: Path) -> None:
    found = rows(compared)
    assert set(found) == {"kaggle-gen05", "tiny"}
    tiny = found["tiny"]
    assert (tiny["parameters"], tiny["images"], tiny["start"]) == (875_887, 35, "scratch")
    assert tiny["budget"] == "0.02 min, 96 faces"
    assert tiny["equal_budget_accuracy"] == tiny["accuracy"]
    model = compared / "runs" / "tiny" / "model.keras"
    assert tiny["keras_bytes"] == model.stat().st_size
    assert 0.2 * tiny["keras_bytes"] < tiny["int8_bytes"] < 0.4 * tiny["keras_bytes"]
    assert 0 < tiny["int8_ms"] < tiny["keras_ms"]
    assert tiny["epochs"] * tiny["training_images"] >= 96 // 2


def test_the_table_is_written_as_markdown_csv_and_picture(compared: Path) -> None:
    assert "| `tiny` |" in (compared / "comparison.md").read_text(encoding="utf-8")
    with (compared / "comparison.csv").open(newline="", encoding="utf-8") as handle:
        assert len(list(csv.DictReader(handle))) == 2
    assert (compared / "comparison.png").stat().st_size > 1000
    assert (compared / "runs" / "tiny" / "samples.png").stat().st_size > 1000


def test_the_same_command_makes_no_row_twice_and_a_given_run_replaces_its_row(
    compared: Path, data: Path, tmp_path: Path
) -> None:
    out = Path(shutil.copytree(compared, tmp_path / "out"))
    metrics = out / "runs" / "tiny" / "metrics.json"
    made = metrics.stat().st_mtime_ns
    longer = Path(shutil.copytree(out / "runs" / "tiny", tmp_path / "given" / "tiny"))
    content = json.loads(metrics.read_text(encoding="utf-8"))
    content["public_test"]["official"]["accuracy"] = 0.99
    content["limits"] = {}
    (longer / "metrics.json").write_text(json.dumps(content), encoding="utf-8")
    limits = ("--minutes", 0.02, "--train-images", 96, "--eval-minutes", 0.5)
    started_s = time.monotonic()
    done = run("compare", out / "tiny.yaml", "--data", data, "--out", out, *limits, "--runs", longer)
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - started_s < 60
    assert metrics.stat().st_mtime_ns == made
    tiny = rows(out)["tiny"]
    assert tiny["accuracy"] == 0.99
    assert tiny["budget"].startswith("its recipe")
    assert tiny["equal_budget_accuracy"] == rows(compared)["tiny"]["accuracy"]


def test_a_bundle_is_judged_as_devices_run_it_and_a_damaged_one_is_named(data: Path, tmp_path: Path) -> None:
    shipped = ROOT / "edge" / "models" / "fer-compact"
    damaged = Path(shutil.copytree(shipped, tmp_path / "damaged"))
    (damaged / "model.tflite").write_bytes(b"nothing")
    given = ("--bundle", shipped, "--bundle", damaged)
    done = run("compare", "deepface", "--data", data, "--out", tmp_path / "out", *given, HOME=str(tmp_path))
    assert done.returncode == 1, done.stderr  # one row is missing
    assert "not in the table: damaged: " in done.stdout
    found = rows(tmp_path / "out")["fer-compact"]
    manifest = json.loads((shipped / "manifest.json").read_text(encoding="utf-8"))
    assert found["int8_bytes"] == manifest["files"]["tflite"]["bytes"]
    assert found["parameters"] == manifest["metrics"]["parameters"]
    assert round(found["multiply_accumulates"] / 1e6) == 105
    assert (found["keras_bytes"], found["minutes"], found["epochs"]) == (None, None, 80)
    out = tmp_path / "figures.json"
    judged = run("evaluate", "--model", shipped, "--data", data, "--split", "PublicTest", "--json", out)
    assert judged.returncode == 0, judged.stderr
    figures = json.loads(out.read_text(encoding="utf-8"))["official"]
    assert (found["accuracy"], found["macro_f1"]) == (figures["accuracy"], figures["macro_f1"])


def test_rows_of_another_budget_do_not_come_into_the_same_table(compared: Path, data: Path) -> None:
    done = run("compare", "tiny", "--data", data, "--out", compared, "--minutes", 5)
    assert done.returncode == 78
    assert "was begun with" in done.stderr


def test_faces_of_any_classes_are_compared(tmp_path: Path) -> None:
    for seed, place in enumerate(
        f"{part}/{name}" for part in ("train", "test") for name in ("smile", "frown")
    ):
        folder = tmp_path / "faces" / place
        folder.mkdir(parents=True)
        for number, picture in enumerate(images(20, seed)):
            cv2.imwrite(str(folder / f"{number}.png"), picture)
    recipe = tmp_path / "quick.yaml"
    recipe.write_text("schema: training/1\nnetwork: kaggle-gen05\nepochs: 1\nbatch: 16\n", encoding="utf-8")
    out = tmp_path / "out"
    done = run("compare", recipe, "--data", tmp_path / "faces", "--out", out)
    assert done.returncode == 0, done.stdout + done.stderr
    assert rows(out)["quick"]["labels"] == ["frown", "smile"]
    assert rows(out)["quick"]["int8_bytes"] > 1000


def test_after_ctrl_c_the_same_command_goes_on_within_the_network(data: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "long.yaml"
    recipe.write_text("schema: training/1\nnetwork: kaggle-gen05\nepochs: 80\nbatch: 16\n", encoding="utf-8")
    arguments = ("compare", recipe, "--data", data, "--out", tmp_path / "out")
    process = subprocess.Popen(
        command(*arguments), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    folder = tmp_path / "out" / "runs" / "long"
    deadline_s = time.monotonic() + 120
    while not (folder / "checkpoint.keras").exists() and time.monotonic() < deadline_s:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the same command goes on" in said
    assert "Traceback" not in said
    before = len((folder / "history.csv").read_text(encoding="utf-8").splitlines())
    assert before < 80
    done = run(*arguments)
    assert done.returncode == 0, done.stderr
    assert rows(tmp_path / "out")["long"]["epochs"] == 80
    assert "--resume" in (folder / "commands.log").read_text(encoding="utf-8")


def test_published_weights_become_a_run_that_can_be_compared(data: Path, tmp_path: Path) -> None:
    weights = tmp_path / "published.weights.h5"
    networks.build("mini-xception", 48, 7, 0.0).save_weights(weights)
    out = tmp_path / "run"
    options = ("--network", "mini-xception", "--data", data)
    done = run("adopt", *options, "--out", out, "--weights", weights)
    assert done.returncode == 0, done.stderr
    metrics = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    assert (metrics["start"], metrics["epochs"]) == ("published", 0)
    assert metrics["public_test"]["images"] == 35
    assert "holds a network already" in run("adopt", *options, "--out", out, "--weights", weights).stderr
    (tmp_path / "other.h5").write_bytes(b"no weights")
    for name, said in (("none.h5", "no such file"), ("other.h5", "not the weights of mini-xception")):
        refused = run("adopt", *options, "--out", tmp_path / "another", "--weights", tmp_path / name)
        assert said in refused.stderr
    assert not (tmp_path / "another").exists()


def test_an_interrupted_run_within_limits_goes_on_by_the_plan_it_began_with(
    data: Path, tmp_path: Path
) -> None:
    faces = fer2013.read(data)
    recipe = Recipe.model_validate({"schema": "training/1", "network": "kaggle-gen05", "batch": 16})
    started = limited.Run(recipe, faces, *evaluate.divided(faces, recipe))
    limits = Limits(minutes=0.02)
    planned = limited.plan(started, limits, tmp_path, resume=False)
    budget.save(tmp_path, limits, planned)
    shorter = limited.within(started, planned)
    with pytest.raises(KeyboardInterrupt):
        fit(shorter.recipe, shorter.kept, shorter.held_out, tmp_path, False, Interrupted(1))
    assert limited.plan(started, limits, tmp_path, resume=True) == planned
    trained = fit(shorter.recipe, shorter.kept, shorter.held_out, tmp_path, True, Silent())
    assert len(trained.history) == planned.epochs

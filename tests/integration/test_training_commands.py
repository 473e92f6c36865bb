"""The training commands as a user types them, on a few generated faces."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from edge.contract import manifest
from edge.contract.facesets import FaceSet
from edge.shipped import BUNDLES
from tests.training.builders import face_set, joined, write_csv

pytestmark = [
    pytest.mark.integration,
    pytest.mark.keras,
    # Keras 3.15 itself, with numpy 2.4
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
keras = pytest.importorskip("keras", reason="needs the training extra")

from tests.integration.training_runs import command, recipe_file  # noqa: E402 - after the skip: these import Keras
from training.__main__ import app  # noqa: E402

ROOT = Path(__file__).parents[2]


def evaluated(folder: Path, model: Path, data: Path, split: str) -> tuple[Any, str]:
    """The figures that evaluate writes, and what it prints."""
    path = folder / f"{split}.json"
    options = {"--model": model, "--data": data, "--split": split, "--json": path, "--out": folder / "plots"}
    done = CliRunner().invoke(app, ["evaluate", *(str(word) for pair in options.items() for word in pair)])
    assert done.exit_code == 0, done.output
    return json.loads(path.read_text(encoding="utf-8")), done.output


def some_faces() -> FaceSet:
    training = face_set(70)
    copied = FaceSet(training.images[:4], training.labels[:4], np.full(4, "PublicTest"), training.classes)
    return joined(training, copied, face_set(46, "PublicTest", seed=8))


def test_the_command_leaves_a_model_that_evaluate_judges_alike(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "fer2013.csv", some_faces())
    out = tmp_path / "out"
    arguments = command("fit", "--recipe", recipe_file(tmp_path), "--data", data, "--out", out)
    # JAX, which Keras may load in this process, sets what TensorFlow writes to standard error.
    own = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    done = subprocess.run(arguments, cwd=ROOT, env=own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "epoch 2/2" in done.stdout
    names = {path.name for path in out.iterdir()}
    assert {"model.keras", "metrics.json", "history.csv", "curves.png", "confusion.png"} <= names
    metrics = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["schema"] == "training-metrics/1"
    assert metrics["dataset"] == {"name": "fer2013", "training_images": 56, "held_out_images": 14}
    assert metrics["public_test"]["images"] == 50
    assert metrics["public_test"]["clean"]["images"] == 46
    model = out / "model.keras"
    assert evaluated(tmp_path, model, data, "held-out")[0]["official"] == metrics["held_out"]
    public = evaluated(tmp_path, model, data, "PublicTest")[0]
    assert {key: public[key] for key in metrics["public_test"]} == metrics["public_test"]
    assert (tmp_path / "plots" / "confusion.png").stat().st_size > 1000


def test_a_bundle_is_fine_tuned_and_the_run_goes_on_without_it_and_from_no_other(tmp_path: Path) -> None:
    data, out = write_csv(tmp_path / "faces.csv", some_faces()), tmp_path / "out"
    given = ("--recipe", recipe_file(tmp_path, epochs=1), "--data", data, "--out", out)
    mine = tmp_path / "mine"
    shutil.copytree(BUNDLES / "fer-tiny", mine)
    own = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    arguments = command("fit", *given, "--init-from", mine)
    done = subprocess.run(arguments, cwd=ROOT, env=own, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    metrics = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["start"] == "fine-tuned"
    assert metrics["init_from"] == f"fer-tiny {manifest.load(BUNDLES / 'fer-tiny').manifest.version}"
    # It is not read again, so it may be gone.
    shutil.rmtree(mine)
    resumed = CliRunner().invoke(
        app, [str(word) for word in ("fit", *given, "--init-from", mine, "--resume")]
    )
    assert resumed.exit_code == 0, resumed.output
    assert json.loads((out / "metrics.json").read_text(encoding="utf-8"))["init_from"] == metrics["init_from"]
    refused = CliRunner().invoke(app, [str(word) for word in ("fit", *given, "--resume")])
    assert "was begun from fer-tiny" in str(refused.exception)
    nowhere = CliRunner().invoke(app, [str(word) for word in ("fit", *given, "--init-from", "fer-tinny")])
    assert "takes a model.keras, or a bundle's folder or name" in str(nowhere.exception)


def test_a_fold_by_subject_is_trained_without_it_and_judged_on_it(tmp_path: Path) -> None:
    faces = face_set(84)
    subjects = np.array([f"S{number // 6:03d}" for number in range(84)])
    names = np.array(["anger", "disgust", "fear", "happy", "sadness", "surprise", "contempt"])[faces.labels]
    data = tmp_path / "ck.npz"
    np.savez(data, pixels=faces.images, label=names, subject=subjects)
    recipe, out = recipe_file(tmp_path, epochs=1, drop_classes=["contempt"]), tmp_path / "out"
    fold = ("--data", str(data), "--fold", "2/3")
    done = CliRunner().invoke(app, ["fit", "--recipe", str(recipe), *fold, "--out", str(out)])
    assert done.exit_code == 0, done.output
    metrics = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["labels"] == ["anger", "disgust", "fear", "happiness", "sadness", "surprise"]
    assert (metrics["fold"], metrics["dataset"]["name"]) == ("2/3", "ckplus")
    images = metrics["dataset"]["training_images"] + metrics["dataset"]["held_out_images"]
    assert images + metrics["fold_test"]["images"] == 72
    written = tmp_path / "fold.json"
    arguments = ["evaluate", "--model", str(out / "model.keras"), "--split", "fold", "--json", str(written)]
    assert CliRunner().invoke(app, [*arguments, *fold]).exit_code == 0
    judged = json.loads(written.read_text(encoding="utf-8"))
    assert {key: judged[key] for key in metrics["fold_test"]} == metrics["fold_test"]
    held_out = CliRunner().invoke(app, [*arguments, "--split", "held-out", "--data", str(data)])
    assert "was trained on other images" in str(held_out.exception)


def test_ctrl_c_says_how_to_go_on_and_that_command_does(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "fer2013.csv", face_set(70))
    out, recipe = tmp_path / "out", recipe_file(tmp_path, epochs=200)
    arguments = ("fit", "--recipe", recipe, "--data", data, "--out", out)
    process = subprocess.Popen(
        command(*arguments), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline_s = time.monotonic() + 60
    while not (out / "checkpoint.keras").exists() and time.monotonic() < deadline_s:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert said.strip().endswith(f"--recipe {recipe} --data {data} --out {out} --resume")


def test_a_bundle_is_judged_as_the_device_runs_it(tmp_path: Path) -> None:
    bundle = ROOT / "edge" / "models" / "fer-compact"
    if not (bundle / "manifest.json").is_file():
        pytest.skip("edge/models/fer-compact is not there")
    data = write_csv(tmp_path / "fer2013.csv", some_faces())
    figures, _ = evaluated(tmp_path, bundle, data, "PublicTest")
    assert figures["official"]["images"] == 50
    assert figures["clean"]["images"] == 46

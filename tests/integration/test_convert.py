"""The conversion with the real TFLite converter, on a network that a closed form has taught."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convert import calibration
from convert.__main__ import main
from edge.classifier import load_verified
from edge.contract import manifest
from edge.contract.facesets import FaceSet
from edge.contract.labels import FER2013_LABELS
from tests.convert.face_builder import banded_faces, write_npz

pytestmark = [pytest.mark.integration, pytest.mark.keras]
SCHEMES = ("float32", "float16", "dynamic", "int8", "full-int8")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as training leaves it (model.keras, metrics.json), and fer2013.npz beside."""
    folder = tmp_path_factory.mktemp("trained")
    write_npz(folder / "fer2013.npz")
    _network().save(folder / "model.keras")
    record = {
        "schema": "training-metrics/1",
        "labels": FER2013_LABELS,
        "temperature": 1.25,
        "recipe": {"network": "banded"},
        "dataset": {"name": "banded", "training_images": 280},
        "seed": 3,
        "code": None,
    }
    (folder / "metrics.json").write_text(json.dumps(record))
    return folder


def _network() -> Any:
    """Random convolutions; the last layer solved by least squares."""
    import keras  # noqa: PLC0415 (unit test runs collect this file without Keras)

    keras.utils.set_random_seed(5)
    inputs = keras.Input((48, 48, 1))
    x = keras.layers.Rescaling(1 / 127.5, offset=-1.0)(inputs)
    x = keras.layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False)(x)
    x = keras.layers.ReLU(max_value=6.0)(keras.layers.BatchNormalization()(x))
    features = keras.layers.Flatten()(keras.layers.AveragePooling2D((3, 24))(x))
    head = keras.layers.Dense(7)
    model = keras.Model(inputs, head(features))
    images, labels = banded_faces(500, seed=9)
    given = np.asarray(keras.Model(inputs, features)(images[..., None].astype(np.float32)))
    solved = np.linalg.lstsq(np.c_[given, np.ones(len(given))], 8.0 * np.eye(7)[labels] - 4, rcond=None)[0]
    head.set_weights([solved[:-1], solved[-1]])
    return model


def convert(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["emotion-convert", *arguments])
    try:
        main()
    except SystemExit as left:
        return int(left.code or 0)
    return 0


def bundle_arguments(trained: Path, out: Path, scheme: str) -> tuple[str, ...]:
    model, faces = str(trained / "model.keras"), str(trained / "fer2013.npz")
    given = ("bundle", "--model", model, "--data", faces, "--out", str(out), "--scheme", scheme)
    return (*given, "--calibration-images", "70")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_each_scheme_makes_a_bundle_that_verifies(
    trained: Path,
    tmp_path: Path,
    scheme: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "bundle"

    assert convert(monkeypatch, *bundle_arguments(trained, out, scheme)) == 0

    assert [p.name for p in tmp_path.iterdir()] == ["bundle"]
    assert sorted(p.name for p in out.iterdir()) == [
        "README.md",
        "golden.npz",
        "manifest.json",
        "model.tflite",
    ]
    made = manifest.load(out).manifest
    assert isinstance(made, manifest.ClassifierManifest)
    assert (made.quantization.scheme, made.quantization.calibration_images) == (
        scheme,
        70 if scheme in ("int8", "full-int8") else 0,
    )
    assert (made.output.temperature, made.training.seed) == (1.25, 3)
    assert made.input.dtype == ("uint8" if scheme == "full-int8" else "float32")
    assert made.metrics["fer2013_public_accuracy"] > 0.95
    assert made.metrics["agreement"] >= 0.98
    assert convert(monkeypatch, "verify", str(out)) == 0
    shown = capfd.readouterr()
    assert "golden vectors" in shown.out
    assert "Saved artifact" not in shown.out
    assert shown.err.splitlines() == [
        f"reading {trained / 'model.keras'}",
        f"reading faces from {trained / 'fer2013.npz'}",
        f"converting to {scheme}",
        "measuring both networks on 140 faces of PublicTest",
    ]


def test_the_report_tells_what_each_scheme_costs_and_keeps(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    files = ("--model", str(trained / "model.keras"), "--data", str(trained / "fer2013.npz"))
    assert convert(monkeypatch, "report", *files, "--calibration-images", "70", "--out", str(tmp_path)) == 0

    rows = {row["scheme"]: row for row in json.loads((tmp_path / "conversion.json").read_text())["rows"]}
    assert tuple(rows) == SCHEMES
    assert rows["float32"]["comparison"]["agreement"] == 1.0
    assert rows["int8"]["bytes"] != rows["float32"]["bytes"]
    assert rows["full-int8"]["comparison"]["agreement"] > 0.95
    assert all(row["ms_per_face"] > 0 and row["refused"] is None for row in rows.values())
    assert (tmp_path / "conversion.md").read_text() == capfd.readouterr().out
    assert sorted(p.name for p in tmp_path.iterdir()) == ["conversion.json", "conversion.md"]


def test_the_figures_of_the_manifest_are_those_of_the_file(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert convert(monkeypatch, *bundle_arguments(trained, tmp_path / "bundle", "int8")) == 0
    with np.load(trained / "fer2013.npz") as arrays:
        faces, labels = arrays["pixels"][280:], arrays["label"][280:]

    right = (
        load_verified(tmp_path / "bundle").classify(faces[..., None].astype(np.float32)).argmax(1) == labels
    )

    said = manifest.load(tmp_path / "bundle").manifest.metrics
    assert said["fer2013_public_accuracy"] == pytest.approx(right.mean(), abs=1e-6)
    assert said["fer2013_public_accuracy_clean"] == pytest.approx(right[20:].mean(), abs=1e-6)


def test_int8_and_float32_are_different_files(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for scheme in ("float32", "int8"):
        assert convert(monkeypatch, *bundle_arguments(trained, tmp_path / scheme, scheme)) == 0

    sizes = {s: manifest.load(tmp_path / s).manifest.files["tflite"].sha256 for s in ("float32", "int8")}
    assert len(set(sizes.values())) == 2


def test_a_spoiled_conversion_is_refused_by_how_much_and_leaves_nothing(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def dark(faces: FaceSet, count: int, seed: int) -> FaceSet:
        return FaceSet(faces.images[:count] // 4, faces.labels[:count], faces.splits[:count], faces.classes)

    monkeypatch.setattr(calibration, "balanced", dark)

    assert convert(monkeypatch, *bundle_arguments(trained, tmp_path / "bundle", "int8")) == 1

    refusal = capfd.readouterr().err
    assert "the conversion is refused: it agrees with the trained network on" in refusal
    assert "accuracy falls by" in refusal
    assert "Traceback" not in refusal
    assert list(tmp_path.iterdir()) == []


def test_a_second_run_is_refused_and_forced_runs_replace(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments = bundle_arguments(trained, tmp_path / "bundle", "dynamic")
    assert convert(monkeypatch, *arguments) == 0
    assert convert(monkeypatch, *arguments) == 78
    assert "is there already" in capfd.readouterr().err

    assert convert(monkeypatch, *arguments, "--force", "--version", "2.0.0") == 0

    assert manifest.load(tmp_path / "bundle").manifest.version == "2.0.0"
    assert [p.name for p in tmp_path.iterdir()] == ["bundle"]


@pytest.mark.parametrize("content", [b"", b"no zip", None])
def test_a_model_that_cannot_be_read_is_refused(
    trained: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    content: bytes | None,
) -> None:
    model = tmp_path / "model.keras"
    if content is not None:
        model.write_bytes(content)
    data, out = str(trained / "fer2013.npz"), str(tmp_path / "bundle")

    assert convert(monkeypatch, "bundle", "--model", str(model), "--data", data, "--out", out) == 78

    assert str(model) in capfd.readouterr().err
    assert not (tmp_path / "bundle").exists()


def test_a_record_with_other_labels_than_the_network_has_is_refused(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "model.keras").write_bytes((trained / "model.keras").read_bytes())
    (tmp_path / "fer2013.npz").write_bytes((trained / "fer2013.npz").read_bytes())
    (tmp_path / "metrics.json").write_text(
        json.dumps({"schema": "training-metrics/1", "labels": ["happy", "sad"]})
    )

    assert convert(monkeypatch, *bundle_arguments(tmp_path, tmp_path / "bundle", "int8")) == 78

    assert "7 outputs where its metrics.json names 2 labels" in capfd.readouterr().err

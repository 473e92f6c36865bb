"""A real run of the detector's training on a few generated photos, and its conversion."""

from __future__ import annotations

import contextlib
import json
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from tests.faces import shared
from tests.training.detection.builders import boxes, photo, write_coco

pytestmark = [
    pytest.mark.integration,
    pytest.mark.keras,
    # Keras 3.15 itself, with numpy 2.4
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
keras = pytest.importorskip("keras", reason="needs the training extra")
pytest.importorskip("onnx", reason="needs the convert extra")

from convert import quantize  # noqa: E402 - after the skip: these import Keras
from convert.__main__ import main as convert_main  # noqa: E402
from convert.detector_bundle import DetectorRequest  # noqa: E402
from convert.detector_onnx import to_onnx  # noqa: E402
from edge.contract import manifest  # noqa: E402
from edge.datatypes import Box  # noqa: E402
from edge.detectors.compact import load_verified  # noqa: E402
from edge.detectors.compact_heads import OpencvHeads, TfliteHeads  # noqa: E402
from edge.detectors.decode import decode, ordered_heads  # noqa: E402
from edge.detectors.letterbox import letterbox  # noqa: E402
from edge.detectors.settings import DEFAULT_SCORES  # noqa: E402
from edge.errors import ModelError  # noqa: E402
from training.__main__ import app  # noqa: E402
from training.detection.fitting import initial_weights, network  # noqa: E402
from training.detection.fitting.cells import STRIDES, CellTargets  # noqa: E402
from training.detection.fitting.loss import DetectionLoss  # noqa: E402
from training.detection.photos import NO_BOXES  # noqa: E402

SHIPPED = Path(__file__).parents[2] / "edge" / "models" / "face-compact"
FIELDS: dict[str, Any] = {
    "schema": "detector/1",
    "input_px": 128,
    "steps": 60,
    "steps_per_epoch": 30,
    "batch": 8,
    "held_out": 0.25,
    "optimizer": {"learning_rate": 0.01, "warmup_steps": 5, "ema": 0.8},
    "views": {"size_px": 128, "face_px": [24.0, 60.0], "mosaic_share": 0.0},
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos with one to three bright discs."""
    places = [(20, 20, 60, 70), (120, 30, 160, 80), (70, 90, 105, 140)]
    photos = [photo(seed, faces=boxes(*places[: 1 + seed % 3])) for seed in range(16)]
    return write_coco(tmp_path_factory.mktemp("discs") / "set", photos)


def fit(data: Path, out: Path, *more: str, **changed: object) -> Any:
    recipe = out.with_suffix(".yaml")
    recipe.write_text(yaml.safe_dump({**FIELDS, **changed}))
    given = ["fit-detector", "--recipe", str(recipe), "--data", str(data), "--out", str(out), *more]
    return CliRunner().invoke(app, given)


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("run") / "out"
    result = fit(data, out)
    assert result.exit_code == 0, result.output
    return out


def losses(out: Path) -> list[float]:
    rows = (out / "history.csv").read_text().splitlines()
    column = rows[0].split(",").index("loss")
    return [float(row.split(",")[column]) for row in rows[1:]]


def test_held_out_photos_without_a_face_to_judge_by_give_no_figure(tmp_path: Path) -> None:
    photos = [photo(seed, faces=boxes((20, 20, 28, 28))) for seed in range(4)]
    out = tmp_path / "out"
    result = fit(write_coco(tmp_path / "set", photos), out, steps=2, steps_per_epoch=2, batch=2)
    assert result.exit_code == 0, result.output
    metrics = json.loads((out / "metrics.json").read_text(), parse_constant=pytest.fail)
    assert metrics["held_out"] is None


def test_training_lowers_the_loss_and_leaves_what_conversion_needs(trained: Path) -> None:
    first, last = losses(trained)
    assert last < 0.8 * first
    metrics = json.loads((trained / "metrics.json").read_text())
    assert metrics["strides"] == list(STRIDES)
    assert metrics["parameters"] <= 120_000
    # Sixty steps on a dozen photos of discs: .2 to .3; a network that has learnt nothing has none.
    assert metrics["held_out"]["average_precision"] > 0.1
    assert (trained / "curves.png").is_file()


def test_a_resumed_run_ends_with_the_weights_of_an_uninterrupted_one(
    data: Path, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from training.fitting import checkpoint  # noqa: PLC0415

    saved = checkpoint.save

    def save_and_stop(*arguments: Any) -> None:
        saved(*arguments)
        raise KeyboardInterrupt

    out = tmp_path / "out"
    monkeypatch.setattr(checkpoint, "save", save_and_stop)
    stopped = fit(data, out)
    assert stopped.exit_code == 130
    assert "--resume" in stopped.output
    monkeypatch.setattr(checkpoint, "save", saved)
    assert fit(data, out, "--resume").exit_code == 0
    assert losses(out) == pytest.approx(losses(trained), rel=1e-3)
    for mine, theirs in zip(
        keras.saving.load_model(out / "model.keras").get_weights(),
        keras.saving.load_model(trained / "model.keras").get_weights(),
        strict=True,
    ):
        assert np.allclose(mine, theirs, atol=1e-3)


def test_a_bundle_of_it_finds_the_same_in_both_runtimes(
    data: Path, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "bundle"
    given = ("--model", str(trained / "model.keras"), "--photos", str(data), "--out", str(out))
    counts = ("--calibration-photos", "8", "--gate-photos", "8")
    monkeypatch.setattr(sys, "argv", ["emotion-convert", "detector-bundle", *given, *counts])
    with contextlib.suppress(SystemExit):  # it leaves with 0 or with an error, which the next line shows
        convert_main()
    assert {path.name for path in out.iterdir()} == {
        "README.md",
        "golden.npz",
        "manifest.json",
        "model.onnx",
        "model.tflite",
    }
    assert all(path.stat().st_size < 600_000 for path in out.iterdir())
    assert "Finds faces" in (out / manifest.CARD).read_text()
    image = letterbox(photo(99, faces=boxes((60, 40, 100, 90))).image, 128, 128).image
    # Cell by cell: which of its cells scores best is chance in a network of sixty steps.
    maps = [load_verified(out, runtime, 0.1).heads(image) for runtime in ("opencv-dnn", "tflite")]
    (places, scores), (again, scores_again) = (decode(one, STRIDES, 0.0) for one in maps)
    best = int(scores.argmax())
    assert scores[best] > 0.5
    assert scores_again[best] == pytest.approx(scores[best], abs=0.1)
    assert Box(*map(float, places[best])).iou(Box(*map(float, again[best]))) > 0.7


def test_the_gate_of_a_conversion_works_at_the_score_of_devices(tmp_path: Path) -> None:
    now = datetime.now(timezone.utc)
    request = DetectorRequest(model=tmp_path, photos=tmp_path, out=tmp_path, created=now)
    assert request.score == DEFAULT_SCORES["compact"]


def test_a_run_may_go_on_from_a_bundle(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    once = {"steps": 1, "steps_per_epoch": 1, "optimizer": {"learning_rate": 1e-6}}
    result = fit(data, out, "--init-from", str(SHIPPED), **once)
    assert result.exit_code == 0, result.output
    assert json.loads((out / "metrics.json").read_text())["init_from"].startswith("face-compact 1.")
    # One step, and a very small one: the network is still the shipped one.
    image = photo(5, 128, 128).image
    learnt = keras.saving.load_model(out / "model.keras").predict_on_batch(image[None].astype(np.float32))
    shipped = load_verified(SHIPPED, "opencv-dnn", 0.1, 128).heads(image)
    for mine, theirs in zip(learnt, shipped, strict=True):
        assert np.abs(np.asarray(mine)[0] - theirs).mean() < 0.05 * np.abs(theirs).mean()
    refused = fit(data, out, "--resume", **once)
    assert refused.exit_code != 0
    assert "--init-from" in str(refused.exception)


def test_a_run_goes_on_from_no_other_kind_of_bundle(data: Path, tmp_path: Path) -> None:
    refused = fit(data, tmp_path / "out", "--init-from", str(SHIPPED.with_name("fer-tiny")))
    assert isinstance(refused.exception, ModelError)
    assert "takes a bundle of kind face-detector" in str(refused.exception)
    assert not (tmp_path / "out").exists()


def test_a_network_that_goes_on_from_a_bundle_computes_what_the_bundle_computes() -> None:
    views = np.stack([photo(seed, 128, 128).image for seed in range(8)])
    bare = network.build(128, 128)
    initial_weights.from_bundle(bare, SHIPPED, views)
    shipped = load_verified(SHIPPED, "opencv-dnn", 0.1, 128)
    computed = [np.asarray(one) for one in bare.predict_on_batch(views.astype(np.float32))]
    for row, view in enumerate(views):
        for mine, theirs in zip(computed, shipped.heads(view), strict=True):
            assert np.allclose(mine[row], theirs, atol=1e-3)
    # Batch norms know what they see: training begins where the bundle ended.
    trained = [np.asarray(one) for one in bare(views.astype(np.float32), training=True)]
    for mine, theirs in zip(trained, computed, strict=True):
        assert np.abs(mine - theirs).max() < 0.01 * np.abs(theirs).max()


def test_a_teacher_is_learnt_beside_the_boxes_and_leaves_no_trace_in_the_network(
    data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    taught = ("--teacher", "yunet", "--weights", str(shared("models")))
    result = fit(data, out, *taught, steps=4, steps_per_epoch=2)
    assert result.exit_code == 0, result.output
    assert "without a box set aside" in result.output
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["teacher"] == "yunet"
    assert metrics["parameters"] == network.build(128, 128).count_params()
    refused = fit(data, out, "--resume", steps=4, steps_per_epoch=2)
    assert "--teacher" in str(refused.exception)


def test_what_a_teacher_says_is_learnt_as_far_as_it_is_sure() -> None:
    own = CellTargets(128).of(NO_BOXES, NO_BOXES)[None]
    loss = DetectionLoss(128, 2.0, teacher_weight=1.0)
    opinion = np.zeros_like(own)
    opinion[0, 10] = (0.7, 70, 2, 98, 30)
    outputs = np.full((*own.shape[:2], 10), -12, dtype=np.float32)
    outputs[..., 1:5], outputs[..., 6:] = 0, 0
    unheard = float(loss(np.concatenate([own, opinion], axis=-1), outputs))
    outputs[0, 10, 5] = np.log(0.7 / 0.3)
    scored = float(loss(np.concatenate([own, opinion], axis=-1), outputs))
    assert scored < unheard - 1
    outputs[0, 10, 6:8] = (84 - loss._centres[10, 0]) / 8, (16 - loss._centres[10, 1]) / 8
    outputs[0, 10, 8:] = np.log(28 / 8)
    assert float(loss(np.concatenate([own, opinion], axis=-1), outputs)) < 1e-3 < scored


def test_onnx_and_float_tflite_compute_what_keras_computes(tmp_path: Path) -> None:
    keras.utils.set_random_seed(3)
    model = network.build(96, 128)
    for layer in model.layers:  # batch norms that do something
        if type(layer).__name__ == "BatchNormalization":
            layer.set_weights(
                [w + np.random.default_rng(1).uniform(0, 0.4, w.shape) for w in layer.get_weights()]
            )
    (tmp_path / "model.onnx").write_bytes(to_onnx(model, 96, 128))
    (tmp_path / "model.tflite").write_bytes(
        quantize.graph_of(quantize.of_any_size(model), "float32", np.empty((0, 96, 128, 3), np.uint8))
    )
    image = np.random.default_rng(0).integers(0, 256, (96, 128, 3), dtype=np.uint8)
    expected = [np.asarray(one)[0] for one in model.predict_on_batch(image[None].astype(np.float32))]
    scale = max(float(np.abs(one).max()) for one in expected)
    for runner in (OpencvHeads(tmp_path / "model.onnx", "cpu"), TfliteHeads(tmp_path / "model.tflite", 1)):
        for one, other in zip(ordered_heads(runner.run(image), 96, 128, STRIDES), expected, strict=True):
            assert np.abs(one - other).max() < 1e-4 * scale
        larger = np.zeros((160, 64, 3), dtype=np.uint8)
        assert ordered_heads(runner.run(larger), 160, 64, STRIDES)[0].shape == (20, 8, 1)


def test_the_loss_is_least_where_the_decoded_boxes_are_the_faces() -> None:
    face = boxes((40, 40, 80, 88))
    targets = CellTargets(128).of(face, NO_BOXES)[None]
    loss = DetectionLoss(128, 2.0)
    outputs = np.zeros((1, targets.shape[1], 5), dtype=np.float32)
    centres, strides = loss._centres, loss._strides
    outputs[0, :, 1:3] = ((face[0, :2] + face[0, 2:]) / 2 - centres) / strides
    outputs[0, :, 3:] = np.log((face[0, 2:] - face[0, :2]) / strides)
    outputs[0, :, 0] = np.where(targets[0, :, 0] == 1, 12, -12)
    right = float(loss(targets, outputs))
    assert right < 1e-3
    moved = outputs.copy()
    moved[..., 1] += 0.5
    assert float(loss(targets, moved)) > right + 0.1
    unsure = outputs.copy()
    unsure[..., 0] = 0
    assert float(loss(targets, unsure)) > right + 0.1
    cells = [
        outputs[0, :256].reshape(16, 16, 5),
        outputs[0, 256:320].reshape(8, 8, 5),
        outputs[0, 320:].reshape(4, 4, 5),
    ]
    decoded, _ = decode([m for c in cells for m in (c[..., :1], c[..., 1:])], STRIDES, 0.5)
    assert np.allclose(decoded, face, atol=0.01)

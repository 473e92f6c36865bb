from __future__ import annotations

import json
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge import tflite as module
from edge.classifier import load_verified, softmax
from edge.contract import golden, manifest
from edge.datatypes import FaceTensor
from edge.errors import ModelError
from edge.protocols import EmotionClassifier
from edge.tflite import find_runtime
from tests.fixtures.tiny_bundles import TINY_FLOAT, TINY_UINT8, copied, edited


def faces(count: int) -> FaceTensor:
    return np.random.default_rng(count).uniform(0, 255, (count, 12, 16, 1)).astype(np.float32)


def test_each_face_gets_probabilities_that_sum_to_one() -> None:
    classifier: EmotionClassifier = load_verified(TINY_FLOAT)

    probabilities = classifier.classify(faces(5))

    assert classifier.labels == ("happy", "neutral", "sad")
    assert probabilities.shape == (5, 3)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


def test_no_face_gives_no_row() -> None:
    assert load_verified(TINY_FLOAT).classify(faces(0)).shape == (0, 3)


def test_a_face_gets_the_same_probabilities_alone_and_in_any_batch() -> None:
    classifier = load_verified(TINY_FLOAT)
    every = faces(6)

    together = classifier.classify(every)
    alone = np.concatenate([classifier.classify(every[i : i + 1]) for i in range(6)])
    backwards = classifier.classify(every[::-1])

    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(together, backwards[::-1])
    assert len(np.unique(together, axis=0)) > 1


def test_the_temperature_of_the_manifest_softens_the_logits() -> None:
    classifier = load_verified(TINY_FLOAT)
    logits = classifier.raw_outputs(faces(4))

    exponentials = np.exp(logits / 1.5)

    expected = exponentials / exponentials.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(classifier.classify(faces(4)), expected, rtol=1e-5)


def test_a_graph_that_gives_probabilities_is_left_alone(tmp_path: Path) -> None:
    folder = edited(copied(tmp_path), "output", "activation", value="probabilities")
    classifier = load_verified(folder)

    np.testing.assert_array_equal(classifier.classify(faces(3)), classifier.raw_outputs(faces(3)))


def test_softmax_of_huge_logits_stays_finite() -> None:
    logits = np.array([[1e4, 0, -1e4]], dtype=np.float32)

    np.testing.assert_allclose(softmax(logits, 1.0), [[1, 0, 0]])


def test_a_graph_that_takes_uint8_gets_rounded_pixels() -> None:
    classifier = load_verified(TINY_UINT8)
    whole = np.rint(faces(3)).astype(np.float32)
    above, white = np.full_like(whole, 999), np.full_like(whole, 255)

    np.testing.assert_array_equal(classifier.classify(whole + np.float32(0.3)), classifier.classify(whole))
    np.testing.assert_array_equal(classifier.classify(above), classifier.classify(white))


@pytest.mark.parametrize("shape", [(1, 48, 48, 1), (1, 16, 12, 1), (12, 16, 1), (1, 12, 16, 3)])
def test_faces_of_another_shape_are_the_callers_mistake(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"expected \(N, 12, 16, 1\)"):
        load_verified(TINY_FLOAT).classify(np.zeros(shape, dtype=np.float32))


def test_a_bundle_with_a_wrong_sha256_is_refused(tmp_path: Path) -> None:
    folder = edited(copied(tmp_path), "files", "tflite", "sha256", value="0" * 64)

    with pytest.raises(ModelError, match="sha256"):
        load_verified(folder)


def test_failing_golden_vectors_are_refused_with_the_deviation(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    expected = golden.read(folder / "golden.npz")
    golden.write(folder / "golden.npz", replace(expected, outputs=(expected.outputs[0] + 3,)))

    with pytest.raises(
        ModelError, match=r"bundle \(\w+\): the golden vectors deviate by 3[.0-9]* where 0\.4"
    ):
        load_verified(folder)


def test_weights_that_are_not_those_of_the_golden_vectors_are_refused(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    content = bytearray((folder / "model.tflite").read_bytes())
    weights = content.rfind(max(content.split(b"\0"), key=len))  # the longest run without a zero byte
    content[weights : weights + 100] = bytes(100)
    (folder / "model.tflite").write_bytes(content)
    entry = manifest.describe_file(folder / "model.tflite").model_dump()
    edited(folder, "files", "tflite", value=entry)

    with pytest.raises(ModelError, match="golden vectors deviate"):
        load_verified(folder)


def test_golden_vectors_of_another_network_are_refused(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    golden.write(
        folder / "golden.npz",
        golden.Golden(np.zeros((1, 48, 48, 1), np.uint8), (np.zeros((1, 7), np.float32),), 0.1),
    )

    with pytest.raises(ModelError, match="of another network"):
        load_verified(folder)


@pytest.mark.parametrize(("key", "value"), [("channels", 3), ("color", "rgb"), ("layout", "NCHW")])
def test_a_bundle_that_grey_faces_do_not_fit_is_refused_at_start(
    tmp_path: Path, key: str, value: int | str
) -> None:
    folder = edited(copied(tmp_path), "input", key, value=value)

    with pytest.raises(ModelError, match="grey faces"):
        load_verified(folder)


def test_a_graph_with_another_input_than_the_manifest_says_is_refused(tmp_path: Path) -> None:
    folder = edited(copied(tmp_path), "input", "height", value=48)

    with pytest.raises(
        ModelError, match=r"input is \(1, 12, 16, 1\) float32 where .* \(1, 48, 16, 1\) float32"
    ):
        load_verified(folder)


def test_a_graph_with_another_input_type_than_the_manifest_says_is_refused(tmp_path: Path) -> None:
    folder = edited(copied(tmp_path), "input", "dtype", value="uint8")

    with pytest.raises(ModelError, match=r"input is \(1, 12, 16, 1\) float32 where .* uint8"):
        load_verified(folder)


def test_a_graph_with_another_number_of_classes_than_the_manifest_says_is_refused(tmp_path: Path) -> None:
    folder = edited(copied(tmp_path), "output", "labels", value=["happy", "neutral", "sad", "fear"])

    with pytest.raises(ModelError, match=r"output is \(1, 3\) float32 where .* \(1, 4\)"):
        load_verified(folder)


def test_a_detector_cannot_classify(tmp_path: Path) -> None:
    folder = edited(copied(tmp_path), "kind", value="face-detector")
    edited(folder, "output", value={"decode": "centre-ltrb"})

    with pytest.raises(ModelError, match="is a face-detector"):
        load_verified(folder)


@pytest.mark.parametrize("content", [b"not a flatbuffer at all", b"\0" * 64])
def test_a_file_that_is_no_tflite_graph_is_refused(tmp_path: Path, content: bytes) -> None:
    folder = copied(tmp_path)
    (folder / "model.tflite").write_bytes(content)
    edited(folder, "files", "tflite", value=manifest.describe_file(folder / "model.tflite").model_dump())

    with pytest.raises(ModelError, match=r"model\.tflite: this TFLite runtime cannot run it"):
        load_verified(folder)


def test_without_a_runtime_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RUNTIMES", ("absent_one", "absent_two"))

    with pytest.raises(ModelError, match="pip install ai-edge-litert") as refused:
        load_verified(TINY_FLOAT)

    assert "absent_one" in str(refused.value)
    assert "absent_two" in str(refused.value)


def test_the_second_runtime_serves_where_the_first_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    present, _ = find_runtime()
    monkeypatch.setattr(module, "RUNTIMES", ("absent_one", present))

    assert load_verified(TINY_FLOAT).runtime == present


def test_the_runtimes_announcements_stay_off_the_screen(capfd: pytest.CaptureFixture[str]) -> None:
    load_verified(TINY_FLOAT).classify(faces(2))

    assert capfd.readouterr() == ("", "")


def test_a_network_is_loaded_where_no_temporary_file_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(**_: object) -> None:
        raise FileNotFoundError("No usable temporary directory found")  # under ProtectSystem=strict

    monkeypatch.setattr(tempfile, "TemporaryFile", nowhere)
    monkeypatch.setattr(tempfile, "mkstemp", nowhere)
    assert load_verified(TINY_FLOAT).classify(faces(2)).shape[0] == 2


def test_what_is_not_an_announcement_reaches_the_screen(capfd: pytest.CaptureFixture[str]) -> None:
    from edge.native_stderr import without_info_lines  # noqa: PLC0415

    def writes_and_fails() -> None:
        with without_info_lines():
            os.write(2, b"INFO: chatter\nERROR: broken\nanother thread\n")
            raise KeyError

    with pytest.raises(KeyError):
        writes_and_fails()
    os.write(2, b"after\n")

    assert capfd.readouterr().err == "ERROR: broken\nanother thread\nafter\n"


def test_the_fixtures_are_small_and_made_by_us() -> None:
    for folder in (TINY_FLOAT, TINY_UINT8):
        assert sum(file.stat().st_size for file in folder.iterdir()) < 20_000
        assert json.loads((folder / "manifest.json").read_text())["training"]["recipe"] == "random weights"

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from edge import bundle_check
from edge.build import build_detector
from edge.contract import golden, manifest
from edge.contract.manifest import Runtime
from edge.datatypes import BgrImage, Box
from edge.detectors.compact import CompactDetector, load_verified
from edge.detectors.compact_heads import Maps
from edge.detectors.settings import DetectorSettings
from edge.errors import ModelError
from edge.shipped import DEFAULT_DETECTOR
from tests.builders import image
from tests.fixtures.tiny_bundles import TINY_DETECTOR, TINY_FLOAT, copied, edited

RUNTIMES: list[Runtime] = ["opencv-dnn", "tflite"]
SQUARE = Box(96, 48, 112, 64)


def white_square(width: int = 240, height: int = 160, box: Box = SQUARE) -> BgrImage:
    picture = image(width, height, 0)
    picture[int(box.y1) : int(box.y2), int(box.x1) : int(box.x2)] = 255
    return picture


def of_another_network(folder: Path, runtime: Runtime, other: Path) -> Path:
    """The bundle with another file for a runtime, and its manifest made to agree."""
    file = folder / manifest.load(folder).manifest.files[runtime].file
    shutil.copyfile(other, file)
    return edited(folder, "files", runtime, value=manifest.describe_file(file).model_dump())


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_it_finds_what_the_network_was_made_for(runtime: Runtime) -> None:
    best = load_verified(TINY_DETECTOR, runtime, score=0.8, input_px=240).detect(white_square())[0]
    assert best.box.iou(SQUARE) > 0.35
    assert best.score > 0.95


def test_both_runtimes_give_the_same_boxes_and_scores() -> None:
    one, other = (
        load_verified(TINY_DETECTOR, runtime, 0.2, input_px=240, nms_iou=0.9).detect(white_square())
        for runtime in RUNTIMES
    )
    assert len(one) > 1
    for found in (d for d in one if d.score > 0.3):
        nearest = max(other, key=lambda d: d.box.iou(found.box))
        assert nearest.box.iou(found.box) > 0.95
        assert nearest.score == pytest.approx(found.score, abs=0.03)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_boxes_are_in_pixels_of_the_frame_whatever_its_size(runtime: Runtime) -> None:
    detector = load_verified(TINY_DETECTOR, runtime, score=0.8, input_px=240)
    for factor in (1, 2, 4):
        box = Box(*(v * factor for v in SQUARE))
        best = detector.detect(white_square(240 * factor, 160 * factor, box))[0]
        assert best.box.iou(box) > 0.35


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("size", [(1, 1), (3000, 20), (8000, 6000)])
def test_odd_sizes_are_looked_at(runtime: Runtime, size: tuple[int, int]) -> None:
    assert load_verified(TINY_DETECTOR, runtime).detect(image(*size, value=0)) == []


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_frames_of_changing_size_are_taken_one_after_another(runtime: Runtime) -> None:
    detector = load_verified(TINY_DETECTOR, runtime, score=0.8, input_px=240)
    first = detector.detect(white_square())
    detector.detect(image(100, 300))
    assert detector.detect(white_square()) == first


def test_without_a_size_the_bundles_own_is_used() -> None:
    detector = load_verified(TINY_DETECTOR, score=0.8)
    assert detector.detect(white_square()) == []  # the square is too small at 64 px
    assert detector.detect(white_square(64, 64, Box(16, 16, 48, 48)))


def test_the_configuration_builds_it() -> None:
    settings = DetectorSettings(name="compact", bundle=TINY_DETECTOR, runtime="tflite", min_face_px=8)
    detector = build_detector(settings)
    assert detector.name == "compact"
    assert detector.detect(white_square())[0].box.iou(SQUARE) > 0.35


def test_both_files_of_a_bundle_are_checked_against_its_golden_vectors() -> None:
    said, deviation = bundle_check.verify(TINY_DETECTOR)
    assert said.kind == "face-detector"
    assert 0 < deviation < golden.read(TINY_DETECTOR / manifest.GOLDEN).tolerance


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_deviating_golden_vectors_are_a_model_error(runtime: Runtime, tmp_path: Path) -> None:
    folder = copied(tmp_path, TINY_DETECTOR)
    vectors = golden.read(folder / manifest.GOLDEN)
    outputs = (vectors.outputs[0] + np.float32(2), *vectors.outputs[1:])
    golden.write(folder / manifest.GOLDEN, golden.Golden(vectors.inputs, outputs, vectors.tolerance))
    with pytest.raises(ModelError, match=rf"\({runtime}\): the golden vectors deviate by 2"):
        load_verified(folder, runtime)


def test_golden_vectors_of_another_size_are_refused(tmp_path: Path) -> None:
    folder = copied(tmp_path, TINY_DETECTOR)
    vectors = golden.read(folder / manifest.GOLDEN)
    narrower = golden.Golden(vectors.inputs[:, :, 1:], vectors.outputs, vectors.tolerance)
    golden.write(folder / manifest.GOLDEN, narrower)
    with pytest.raises(
        ModelError, match=r"of another network: inputs are \(64, 63, 3\); expected \(64, 64, 3\)"
    ):
        load_verified(folder)


def test_a_classifier_is_no_detector() -> None:
    with pytest.raises(ModelError, match="is a emotion-classifier; configure a bundle of kind face-detector"):
        load_verified(TINY_FLOAT, "tflite")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        (("output", "decode"), "anchors", "decoded by 'anchors', which this version does not know"),
        (("output", "parameters", "strides"), [8, 24], r"strides is \[8, 24\]; expected whole numbers"),
        (("output", "parameters", "strides"), "8", "strides is '8'; expected whole numbers"),
        (("output", "parameters", "strides"), [8, 32], "belong to different networks"),
        (("input", "color"), "rgb", "a detector takes NHWC bgr float32"),
    ],
)
def test_a_manifest_that_disagrees_with_the_graph_is_a_model_error(
    field: tuple[str, ...], value: object, said: str, tmp_path: Path
) -> None:
    folder = edited(copied(tmp_path, TINY_DETECTOR), *field, value=value)
    with pytest.raises(ModelError, match=said):
        CompactDetector(manifest.load(folder))


def test_the_file_of_another_network_is_a_model_error(tmp_path: Path) -> None:
    folder = of_another_network(copied(tmp_path, TINY_DETECTOR), "tflite", TINY_FLOAT / "model.tflite")
    with pytest.raises(ModelError, match="one float32 picture of 3 channels"):
        load_verified(folder, "tflite")


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_strides_of_another_network_are_noticed_by_either_runtime(runtime: Runtime, tmp_path: Path) -> None:
    folder = edited(copied(tmp_path, TINY_DETECTOR), "output", "parameters", "strides", value=[8, 32])
    with pytest.raises(ModelError, match="belong to different networks: convert again"):
        CompactDetector(manifest.load(folder), runtime)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_file_of_a_detector_with_other_levels_is_a_model_error(runtime: Runtime, tmp_path: Path) -> None:
    other = manifest.load(DEFAULT_DETECTOR).model_path(runtime)
    folder = of_another_network(copied(tmp_path, TINY_DETECTOR), runtime, other)
    with pytest.raises(ModelError, match="belong to different networks: convert again"):
        load_verified(folder, runtime)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -float("inf")])
def test_a_network_that_gives_no_numbers_finds_nothing(wrong: float) -> None:
    class Broken:
        def run(self, image: BgrImage) -> Maps:
            height, width = image.shape[:2]
            return [
                np.full((1, height // stride, width // stride, numbers), wrong, np.float32)
                for stride in (8, 16)
                for numbers in (1, 4)
            ]

    detector = load_verified(TINY_DETECTOR, "tflite", input_px=240)
    assert detector.manifest.strides == (8, 16)
    detector._heads = [Broken()]
    assert detector.detect(white_square()) == []


def test_a_file_that_is_no_network_is_a_model_error(tmp_path: Path) -> None:
    folder = of_another_network(copied(tmp_path, TINY_DETECTOR), "opencv-dnn", Path(__file__))
    with pytest.raises(ModelError, match=r"model\.onnx: OpenCV cannot load it"):
        load_verified(folder, "opencv-dnn")


def test_a_target_that_opencv_does_not_have_is_a_model_error_and_not_silently_slow() -> None:
    with pytest.raises(ModelError, match=r"detector\.target is cuda, which this OpenCV cannot use"):
        load_verified(TINY_DETECTOR, target="cuda")


def test_litert_runs_it_unless_another_is_asked_for_or_a_graphics_chip() -> None:
    assert DetectorSettings().compact_runtime == "tflite"
    assert DetectorSettings(target="opencl").compact_runtime == "opencv-dnn"
    assert DetectorSettings(runtime="opencv-dnn").compact_runtime == "opencv-dnn"
    assert DetectorSettings(runtime="tflite", target="cuda").compact_runtime == "tflite"

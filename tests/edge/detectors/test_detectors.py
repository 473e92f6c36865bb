from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from edge.build import build_detector
from edge.datatypes import BgrImage, Box, Detection
from edge.detectors.filtering import FilteredDetector
from edge.detectors.haar import HaarDetector
from edge.detectors.region import RegionDetector
from edge.detectors.settings import DetectorName, DetectorSettings
from edge.detectors.ssd import SsdDetector
from edge.detectors.yunet import YunetDetector
from edge.errors import ModelError
from edge.protocols import FaceDetector
from edge.shipped import DEFAULT_DETECTOR
from tests.builders import detection, image
from tests.faces import ASTRONAUT_FACE, astronaut, shared
from tests.fakes import ScriptedDetector
from tests.fixtures.tiny_bundles import TINY_DETECTOR


def detector(name: DetectorName, **options: object) -> FaceDetector:
    if name in {"ssd", "yunet"}:
        options["weights"] = shared("models")
    return build_detector(DetectorSettings.model_validate({"name": name, **options}))


ALL: list[DetectorName] = ["haar", "ssd", "yunet", "compact"]
KINDS: dict[str, Callable[[BgrImage], Any]] = {
    "grey": lambda picture: cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY),
    "transparent": lambda picture: cv2.cvtColor(picture, cv2.COLOR_BGR2BGRA),
    "16-bit": lambda picture: picture.astype(np.uint16) * 257,
}


@pytest.mark.parametrize("name", ALL)
def test_each_detector_finds_a_real_face_where_it_is(name: DetectorName) -> None:
    best = detector(name).detect(astronaut())[0]
    assert best.box.iou(ASTRONAUT_FACE) > 0.45
    assert 0 < best.score <= 1


@pytest.mark.parametrize("name", ALL)
def test_boxes_are_in_pixels_of_the_frame_whatever_its_size(name: DetectorName) -> None:
    wide = cv2.copyMakeBorder(astronaut(), 100, 300, 700, 900, cv2.BORDER_CONSTANT, value=(90, 90, 90))
    face = Box(*(v + shift for v, shift in zip(ASTRONAUT_FACE, (700, 100, 700, 100), strict=True)))
    found = detector(name, score=0.3 if name == "ssd" else None).detect(np.asarray(wide, dtype=np.uint8))
    assert any(d.box.iou(face) > 0.4 for d in found)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("picture", [image(1, 1), image(640, 480, 0), image(33, 400), image(2000, 20)])
def test_pictures_without_a_face_give_none(name: DetectorName, picture: BgrImage) -> None:
    assert detector(name).detect(picture) == []


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("kind", list(KINDS))
def test_pictures_of_other_kinds_are_searched_too(name: DetectorName, kind: str) -> None:
    assert detector(name).detect(KINDS[kind](astronaut()))[0].box.iou(ASTRONAUT_FACE) > 0.45


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("shape", [(0, 0, 3), (0, 640, 3), (480, 0, 3), (0, 0)])
def test_an_empty_picture_holds_no_face(name: DetectorName, shape: tuple[int, ...]) -> None:
    assert detector(name).detect(np.zeros(shape, np.uint8)) == []


@pytest.mark.parametrize("name", ALL)
def test_a_picture_of_48_megapixels_is_searched(name: DetectorName) -> None:
    assert detector(name).detect(image(8000, 6000, 0)) == []


@pytest.mark.parametrize("name", ALL)
def test_tiles_find_a_face_far_from_the_camera(name: DetectorName) -> None:
    far = cv2.resize(astronaut(), (256, 256), interpolation=cv2.INTER_AREA)
    wide = cv2.copyMakeBorder(far, 700, 500, 1200, 900, cv2.BORDER_CONSTANT, value=(90, 90, 90))
    face = Box(*(v / 2 + shift for v, shift in zip(ASTRONAUT_FACE, (1200, 700, 1200, 700), strict=True)))
    options = {"input_px": 320, "min_face_px": 24}
    tiled = detector(name, tiling={"tile_px": 400, "overlap": 0.4}, **options)
    found = [d for d in tiled.detect(np.asarray(wide, dtype=np.uint8)) if d.box.iou(face) > 0.4]
    assert len(found) == 1
    if name != "haar":  # which searches every size anyway
        whole = detector(name, **options).detect(np.asarray(wide, dtype=np.uint8))
        assert not any(d.box.iou(face) > 0.4 for d in whole)


@pytest.mark.parametrize("name", ALL)
def test_faces_smaller_than_asked_are_left_out(name: DetectorName) -> None:
    assert detector(name, min_face_px=200).detect(astronaut()) == []


def test_yunet_gives_five_landmarks_inside_the_face() -> None:
    best = detector("yunet").detect(astronaut())[0]
    assert len(best.landmarks) == 5
    assert all(best.box.x1 < x < best.box.x2 and best.box.y1 < y < best.box.y2 for x, y in best.landmarks)


def test_auto_takes_yunet_where_its_weights_are_and_our_own_elsewhere(tmp_path: Path) -> None:
    assert build_detector(DetectorSettings(weights=tmp_path)).name == "compact"
    assert build_detector(DetectorSettings(weights=shared("models"))).name == "yunet"


def test_auto_takes_the_bundle_or_runtime_that_is_asked_for_whatever_weights_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.weights.present", lambda *_: True)
    assert build_detector(DetectorSettings(runtime="tflite", weights=tmp_path)).name == "compact"
    own = DetectorSettings(bundle=DEFAULT_DETECTOR, weights=tmp_path)
    assert build_detector(own).name == "compact"


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("yunet", ["face_detection_yunet_2023mar.onnx"]),
        ("ssd", ["opencv_face_detector_uint8.pb", "opencv_face_detector.pbtxt"]),
    ],
)
def test_altered_weights_are_refused_before_they_are_loaded(
    name: DetectorName, files: list[str], tmp_path: Path
) -> None:
    for file in files:
        (tmp_path / file).write_bytes(b"not the network")
    with pytest.raises(ModelError, match=r"sha256 is .* expected .* models pull"):
        build_detector(DetectorSettings(name=name, weights=tmp_path))


def test_missing_weights_say_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="models pull ssd-caffe"):
        build_detector(DetectorSettings(name="ssd", network="caffe", weights=tmp_path))


@pytest.mark.parametrize("kind", ["yunet", "caffe", "tensorflow"])
def test_a_file_of_another_network_is_a_model_error(kind: str, tmp_path: Path) -> None:
    suffix = {"yunet": ".onnx", "caffe": ".caffemodel", "tensorflow": ".pb"}[kind]
    file, graph = tmp_path / f"weights{suffix}", tmp_path / "graph.txt"
    file.write_bytes(b"\x08\x01nonsense")
    graph.write_text("nonsense {")

    def load() -> FaceDetector:
        return YunetDetector(file, 0.7, 320) if kind == "yunet" else SsdDetector(file, graph, 0.4)

    with pytest.raises(ModelError, match="OpenCV cannot load it"):
        load()


def test_another_network_in_ssds_files_is_a_model_error() -> None:
    with pytest.raises(ModelError, match="another network"):
        SsdDetector(TINY_DETECTOR / "model.onnx", TINY_DETECTOR / "model.onnx", 0.4)


@pytest.mark.parametrize("folder", [TINY_DETECTOR, DEFAULT_DETECTOR])
def test_another_network_in_yunets_place_is_a_model_error_at_once_and_not_at_every_frame(
    folder: Path,
) -> None:
    with pytest.raises(ModelError, match=r"model\.onnx: is another network than YuNet"):
        YunetDetector(folder / "model.onnx", 0.7, 320)


class BrokenSsd:
    """A network whose rows are no numbers, but for one."""

    def setInput(self, blob: object) -> None:  # noqa: N802 - OpenCV's name
        """Looks at nothing."""

    def forward(self) -> npt.NDArray[np.float32]:
        rows = np.full((1, 1, 4, 7), np.nan, np.float32)
        rows[0, 0, 1:] = (0, 1, 0.9, 0.1, 0.2, 0.5, 0.6)
        rows[0, 0, 2, 5], rows[0, 0, 3, 2] = np.inf, np.nan
        return rows


def test_rows_of_ssd_that_are_no_numbers_give_no_box(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.detectors.opencv_dnn.read", lambda *_: BrokenSsd())
    (found,) = SsdDetector(Path("net.pb"), Path("net.pbtxt"), 0.4).detect(image(100, 100))
    assert found.box == pytest.approx(Box(10, 20, 50, 60))


def test_rows_of_yunet_that_are_no_numbers_give_no_box() -> None:
    class BrokenYunet:
        def setInputSize(self, size: object) -> None:  # noqa: N802 - OpenCV's name
            """Any size."""

        def detect(self, picture: BgrImage) -> tuple[int, npt.NDArray[np.float32]]:
            rows = np.full((3, 15), 20, np.float32)
            rows[:, 14] = 0.9
            rows[0, 2], rows[1, 14] = np.inf, np.nan
            return 1, rows

    one = YunetDetector(shared("models") / "face_detection_yunet_2023mar.onnx", 0.7, 320)
    one._network = BrokenYunet()  # type: ignore[assignment]
    (found,) = one.detect(image(100, 100))
    assert found.box == Box(20, 20, 40, 40)


def test_haar_needs_no_file_of_ours() -> None:
    found = HaarDetector(scale_factor=1.1, min_neighbors=5, min_face_px=30, score=0.0).detect(astronaut())
    assert found[0].box.iou(ASTRONAUT_FACE) > 0.45


def test_only_the_region_of_interest_is_searched_and_boxes_stay_in_pixels_of_the_frame() -> None:
    haar = HaarDetector(scale_factor=1.1, min_neighbors=5, min_face_px=30, score=0.0)
    around = RegionDetector(haar, (120, 20, 330, 260))
    assert around.detect(astronaut())[0].box.iou(ASTRONAUT_FACE) > 0.45
    assert RegionDetector(haar, (300, 300, 512, 512)).detect(astronaut()) == []


def test_a_region_outside_the_picture_says_so() -> None:
    with pytest.raises(ValueError, match=r"roi \[100, 0, 200, 50\] lies outside the 64x48 picture"):
        RegionDetector(ScriptedDetector([]), (100, 0, 200, 50)).detect(image(64, 48))


def test_landmarks_move_with_the_region() -> None:
    found = Detection(Box(1, 2, 30, 40), 0.9, ((5.0, 6.0),))
    (moved,) = RegionDetector(ScriptedDetector([[found]]), (10, 20, 60, 48)).detect(image(64, 48))
    assert (moved.box, moved.landmarks) == (Box(11, 22, 40, 60), ((15.0, 26.0),))


def test_boxes_outside_the_picture_and_nan_boxes_are_dropped() -> None:
    nan = Detection(Box(float("nan"), 0, 40, 40), 0.9)
    script = [[detection(10, 10), detection(-35, 0), detection(500, 500), nan]]
    assert [d.box.x1 for d in FilteredDetector(ScriptedDetector(script), 20).detect(image(100, 100))] == [10]

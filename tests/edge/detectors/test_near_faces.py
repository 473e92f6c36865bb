"""Faces that fill the frame: found once, and their parts not at all."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge.contract.manifest import Runtime
from edge.datatypes import BgrImage, Box, Detection
from edge.demo.scenes import SCENES, portrait
from edge.detectors.compact import load_verified
from edge.detectors.near_faces import Look, merged, pictures
from edge.shipped import DEFAULT_DETECTOR

IOU = 0.4
#: Of the faces in the two portraits, by eye.
FACES = {"entrance": Box(174, 66, 272, 190), "counter": Box(174, 90, 348, 312)}


def look(*found: Detection, pixels: float = 1.0) -> Look:
    return Look(list(found), pixels)


def found(x1: float, y1: float, x2: float, y2: float, score: float) -> Detection:
    return Detection(Box(x1, y1, x2, y2), score)


def close_up(camera: str, share: float) -> tuple[BgrImage, Box]:
    """640x480 of one portrait in which the face is ``share`` of the height, and where it is."""
    face = FACES[camera]
    scale = 480 * share / (face.y2 - face.y1)
    left, top = (face.x1 + face.x2) / 2 - 320 / scale, (face.y1 + face.y2) / 2 - 240 / scale
    to_frame = np.array([[scale, 0, -left * scale], [0, scale, -top * scale]])
    picture = portrait(next(scene for scene in SCENES if scene.camera == camera))
    frame = cv2.warpAffine(picture, to_frame, (640, 480), borderMode=cv2.BORDER_REPLICATE)
    x1, y1, x2, y2 = ((v - start) * scale for v, start in zip(face, (left, top, left, top), strict=True))
    return np.asarray(frame, np.uint8), Box(x1, y1, x2, y2)


@pytest.mark.parametrize("runtime", ["opencv-dnn", "tflite"])
@pytest.mark.parametrize("camera", FACES)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.75, 0.9])
def test_a_real_face_is_found_once_however_near_it_is(runtime: Runtime, camera: str, share: float) -> None:
    frame, face = close_up(camera, share)
    one, *others = load_verified(DEFAULT_DETECTOR, runtime, input_px=480).detect(frame)
    assert one.box.iou(face) > 0.5
    assert not others


def test_only_pictures_larger_than_any_face_the_network_knows_are_looked_at_again() -> None:
    def sizes(width: int, height: int, longest_px: int) -> list[tuple[int, ...]]:
        frame = np.zeros((height, width, 3), np.uint8)
        return [seen.image.shape[:2] for seen in pictures(frame, longest_px, 32)]

    assert sizes(1280, 720, 480) == [(288, 480)]
    assert sizes(640, 480, 480) == [(384, 480), (192, 256)]
    assert sizes(320, 240, 480) == [(256, 320)]
    assert sizes(1920, 1080, 1920) == [(1088, 1920), (544, 960), (288, 480)]
    assert sizes(8000, 20, 8000) == [(32, 8000)]


def test_scales_of_a_further_look_are_those_of_the_frame() -> None:
    first, second = pictures(np.zeros((960, 1280, 3), np.uint8), 480, 32)
    assert (first.scale_x, first.scale_y) == pytest.approx((0.375, 0.375))
    assert second.image.shape == (192, 256, 3)  # a little more than half, as multiples of 32 allow
    assert (second.scale_x, second.scale_y) == pytest.approx((256 / 1280, 192 / 960))


def test_parts_of_a_near_face_go_and_its_neighbours_stay() -> None:
    near, neighbour = found(100, 100, 300, 300, 0.8), found(320, 100, 400, 200, 0.7)
    first = look(found(120, 120, 180, 180, 0.9), found(150, 220, 250, 310, 0.6), neighbour)
    assert merged([first, look(near, pixels=0.5)], IOU) == [near, neighbour]


def test_a_further_look_adds_no_small_face_and_a_doubtful_one_takes_nothing_away() -> None:
    sure = found(120, 120, 180, 180, 0.9)
    assert merged([look(sure), look(found(400, 100, 500, 200, 0.9), pixels=0.5)], IOU) == [sure]
    doubtful = found(100, 100, 300, 300, 0.2)
    assert merged([look(sure), look(doubtful, pixels=0.5)], IOU) == [sure, doubtful]


def test_of_three_looks_the_last_judges_both_before() -> None:
    nearest, near = found(0, 0, 800, 800, 0.95), found(100, 100, 500, 500, 0.6)
    part = found(200, 200, 300, 300, 0.9)
    assert merged([look(part), look(near, pixels=0.5), look(nearest, pixels=0.25)], IOU) == [nearest]


@pytest.mark.parametrize("sure", [0.9, 0.45])
def test_a_face_that_two_looks_show_is_given_once(sure: float) -> None:
    larger, shifted = found(80, 80, 320, 340, 0.7), found(170, 100, 410, 330, 0.7)
    near = found(100, 100, 300, 300, sure)
    for first in (larger, shifted):
        assert merged([look(first), look(near, pixels=0.5)], 0.3) == [max(first, near, key=lambda d: d.score)]


def test_the_best_score_comes_first() -> None:
    near, beside = found(100, 100, 300, 300, 0.6), found(400, 100, 500, 200, 0.95)
    assert merged([look(beside), look(near, pixels=0.5)], IOU) == [beside, near]


def test_a_detector_of_tiles_looks_once() -> None:
    frame, _ = close_up("entrance", 0.9)
    once = load_verified(DEFAULT_DETECTOR, "tflite", input_px=480, near_faces=False)
    once.detect(frame)
    assert len(once._heads) == 1
    twice = load_verified(DEFAULT_DETECTOR, "tflite", input_px=480)
    twice.detect(frame)
    assert len(twice._heads) == 2


def test_looks_without_any_face_give_none() -> None:
    assert merged([look(), look()], IOU) == []

"""Faces that fill the frame: found once, and their parts not at all."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge.contract.manifest import Runtime
from edge.datatypes import BgrImage, Box
from edge.demo.scenes import SCENES, portrait
from edge.detectors.compact import load_verified
from edge.detectors.near_faces import Look, merged, pictures
from edge.shipped import DEFAULT_DETECTOR

#: Of the faces in the two portraits, by eye.
FACES = {"entrance": Box(174, 66, 272, 190), "counter": Box(174, 90, 348, 312)}


def look(*boxes: tuple[float, ...], scores: tuple[float, ...], pixels: float = 1.0) -> Look:
    return Look(np.array(boxes, np.float32).reshape(-1, 4), np.array(scores, np.float32), pixels)


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
    found = load_verified(DEFAULT_DETECTOR, runtime, input_px=480).detect(frame)
    assert len(found) == 1
    assert found[0].box.iou(face) > 0.5


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
    near = (100, 100, 300, 300)
    parts, neighbour = ((120, 120, 180, 180), (150, 220, 250, 310)), (320, 100, 400, 200)
    first = look(*parts, neighbour, scores=(0.9, 0.6, 0.7))
    boxes, scores = merged([first, look(near, scores=(0.8,), pixels=0.5)])
    assert boxes.tolist() == [list(near), list(neighbour)]
    assert scores == pytest.approx([0.8, 0.7])


def test_a_further_look_adds_no_small_face_and_a_doubtful_one_takes_nothing_away() -> None:
    sure, small = (120, 120, 180, 180), (400, 100, 500, 200)
    first = look(sure, scores=(0.9,))
    boxes, _ = merged([first, look(small, scores=(0.9,), pixels=0.5)])
    assert boxes.tolist() == [list(sure)]
    boxes, _ = merged([first, look((100, 100, 300, 300), scores=(0.2,), pixels=0.5)])
    assert sorted(boxes.tolist()) == [[100, 100, 300, 300], list(sure)]


def test_of_three_looks_the_last_judges_both_before() -> None:
    nearest, near, part = (0, 0, 800, 800), (100, 100, 500, 500), (200, 200, 300, 300)
    looks = [
        look(part, scores=(0.9,)),
        look(near, scores=(0.6,), pixels=0.5),
        look(nearest, scores=(0.95,), pixels=0.25),
    ]
    assert merged(looks)[0].tolist() == [list(nearest)]


def test_looks_without_any_face_give_none() -> None:
    nothing = look(scores=())
    boxes, scores = merged([nothing, nothing])
    assert (boxes.shape, scores.shape) == ((0, 4), (0,))

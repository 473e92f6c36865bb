from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edge.datatypes import BgrImage, Box, Detection
from edge.errors import ContractError
from tests.training.detection.builders import boxes, photo
from training.detection.distances import near, near_comparison
from training.detection.distances.near import Near
from training.detection.distances.near_comparison import NearRow

KIND = Near(640, 480, 0.8)
PHOTOS = [photo(seed, faces=boxes((60, 20, 130, 110), (150, 10, 180, 45))) for seed in range(5)]


def test_one_face_has_the_size_asked_for_and_is_where_it_is_said_to_be() -> None:
    for frame in near.frames(PHOTOS, KIND, 6, 0):
        (x1, y1, x2, y2) = frame.faces[0]
        assert frame.image.shape == (480, 640, 3)
        assert max(x2 - x1, y2 - y1) == pytest.approx(0.8 * 480, abs=0.01)
        assert frame.image[int(y1 + y2) // 2, int(x1 + x2) // 2].mean() > 180  # the bright disc
        assert len(frame.ignored) == 1, "the smaller face is not asked for"


def test_the_same_seed_gives_the_same_frames() -> None:
    one, again, other = (near.frames(PHOTOS, KIND, 2, seed)[1] for seed in (3, 3, 4))
    assert (one.image == again.image).all()
    assert (one.image != other.image).any()


def test_photos_without_a_large_face_are_refused() -> None:
    with pytest.raises(ContractError, match="bring photos of larger faces"):
        near.frames([photo(faces=boxes((5, 5, 40, 41)))], KIND, 1, 0)


class Finds:
    """The face, its upper left quarter, and something beside it."""

    name = "finds"

    def __init__(self, face: Box, score: float) -> None:
        x, y = (face.x1 + face.x2) / 2, (face.y1 + face.y2) / 2
        part = Box(face.x1, face.y1, x, y)
        beside = Box(face.x2 + 5, face.y1, face.x2 + 60, face.y2)
        self._found = [Detection(face, score), Detection(part, 0.9), Detection(beside, 0.9)]

    def detect(self, image: BgrImage) -> list[Detection]:
        return self._found


@pytest.mark.parametrize(("score", "found"), [(0.8, 1.0), (0.4, 0.0)])
def test_a_part_of_the_face_is_counted_and_what_lies_beside_it_is_not(score: float, found: float) -> None:
    frame = near.frames(PHOTOS, KIND, 1, 0)[0]
    detector = Finds(Box(*map(float, frame.faces[0])), score)
    row = near_comparison.judge("finds", detector, 0.5, [frame])
    assert row == NearRow("finds", found, 1.0)


def test_another_face_within_the_near_one_is_no_part_of_it() -> None:
    frame = near.frames(PHOTOS, KIND, 1, 0)[0]
    face = Box(*map(float, frame.faces[0]))
    detector = Finds(face, 0.8)
    quarter = np.array([detector._found[1].box], np.float32)
    crowded = replace(frame, ignored=np.concatenate([frame.ignored, quarter]))
    assert near_comparison.judge("finds", detector, 0.5, [crowded]).parts == 0


def test_the_table_has_a_row_a_detector_and_a_column_a_size() -> None:
    rows = {Near(640, 480, share): [NearRow("ours", share, 0.25)] for share in (0.5, 0.9)}
    lines = near_comparison.markdown(rows, "Described.").splitlines()
    assert lines[0] == "Described."
    assert lines[2] == "| detector | 50% of the height | 90% of the height |"
    assert lines[4] == "| ours | 50% (0.25) | 90% (0.25) |"


def test_a_photo_that_ends_is_continued_at_its_border() -> None:
    (frame,) = near.frames([photo(faces=boxes((2, 2, 90, 100)))], KIND, 1, 1)
    assert (frame.image[:, :5].reshape(-1, 3).max(axis=0) > 0).all()
    assert np.isfinite(frame.faces).all()

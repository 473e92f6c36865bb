from __future__ import annotations

import numpy as np
import pytest

from edge.datatypes import BgrImage, Box, Detection
from edge.errors import ContractError, ModelError
from edge.protocols import FaceDetector
from tests.training.detection.builders import boxes, photo
from training.detection.distances import far, far_comparison
from training.detection.distances.far import Far
from training.detection.distances.far_comparison import FarContestant

pytest.importorskip("pycocotools", reason="needs the training extra")

KIND = Far(640, 360, (12.0, 24.0))
PHOTOS = [photo(seed, faces=boxes((60, 40, 120, 110), (150, 10, 180, 45))) for seed in range(5)]


def sides(
    faces: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.asarray((faces[:, 2:] - faces[:, :2]).min(axis=1))


def test_only_faces_of_the_size_asked_for_count_and_each_is_where_it_is_said_to_be() -> None:
    for frame in far.frames(PHOTOS, KIND, 6, 0):
        assert frame.image.shape == (360, 640, 3)
        assert len(frame.faces) >= 4  # one or more a quarter
        assert (sides(frame.faces) >= 12).all()
        assert (sides(frame.faces) < 24).all()
        for x, y in (frame.faces[:, :2] + frame.faces[:, 2:]) / 2:
            assert frame.image[int(y), int(x)].mean() > 180  # the bright disc that stands for a face


def test_the_same_seed_gives_the_same_frames() -> None:
    one, again, other = (far.frames(PHOTOS, KIND, 2, seed)[1] for seed in (3, 3, 4))
    assert (one.image == again.image).all()
    assert (one.faces == again.faces).all()
    assert (one.image != other.image).any()


def test_large_faces_of_the_photo_behind_are_ignored_and_not_asked_for() -> None:
    ignored = np.concatenate([frame.ignored for frame in far.frames(PHOTOS, KIND, 6, 0)])
    assert (sides(ignored) > 80).any()


def test_photos_without_a_face_large_enough_are_refused() -> None:
    tiny, none = photo(0, faces=boxes((5, 5, 10, 11))), photo(1, faces=boxes())
    for photos in ([tiny], [none]):
        with pytest.raises(ContractError, match="bring photos of larger faces"):
            far.frames(photos, KIND, 1, 0)


class Knows:
    """Finds the counted faces of the frames that it was given."""

    name = "knows"

    def __init__(self) -> None:
        self._frames = {frame.image.tobytes(): frame.faces for frame in far.frames(PHOTOS, KIND, 3, 0)}

    def detect(self, image: BgrImage) -> list[Detection]:
        return [Detection(Box(*map(float, box)), 0.9) for box in self._frames[image.tobytes()]]


def absent(_: float) -> FaceDetector:
    raise ModelError("its package is not here")


def test_a_way_to_search_is_scored_on_each_kind_and_one_that_is_not_here_is_left_out() -> None:
    frames = {KIND: far.frames(PHOTOS, KIND, 3, 0)}
    ((kind, row),) = far_comparison.judge(FarContestant("knows", lambda _: Knows(), 0.5), frames)
    assert kind == KIND
    assert (row.average_precision, row.recall) == (1.0, 1.0)
    assert row.faces == sum(len(frame.faces) for frame in frames[KIND])
    assert list(far_comparison.judge(FarContestant("absent", absent, 0.5), frames)) == []
    said = far_comparison.markdown({KIND: [row]}, "three frames")
    assert f"640x360: {row.faces} faces of 12-24 px." in said
    assert "| knows | 1.000 | 1.000 |" in said

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.annotate import AnnotatedVideo, draw
from edge.errors import SourceError
from tests.builders import image, observation


def test_boxes_are_drawn_on_a_copy() -> None:
    picture = image(320, 240)
    drawn = draw(picture, [observation("happy")], "15 fps")
    assert (picture == 127).all()
    assert drawn.shape == picture.shape
    assert (drawn[:, 0] != 127).any()


@pytest.mark.parametrize("size", [(16, 16), (33, 20), (1920, 1080)])
def test_captions_fit_into_any_picture(size: tuple[int, int]) -> None:
    assert draw(image(*size), [observation(None)], "1 fps").shape == (size[1], size[0], 3)


def test_an_annotated_video_can_be_read_back_frame_by_frame(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with AnnotatedVideo(path, 15) as video:
        for value in (20, 120, 220):
            video.write(image(64, 48, value))
        video.write(image(32, 24, 220))  # another size is fitted to the first
    capture = cv2.VideoCapture(str(path))
    means = []
    while (frame := capture.read()[1]) is not None:
        assert frame.shape == (48, 64, 3)
        means.append(float(np.mean(frame)))
    capture.release()
    assert means == pytest.approx([20, 120, 220, 220], abs=6)


_ON_A_FULL_DISK = """
import resource, sys
from pathlib import Path
import numpy as np
from edge.annotate import AnnotatedVideo
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
noise = np.random.default_rng(0)
with AnnotatedVideo(Path(sys.argv[1]), 15) as video:
    for _ in range(20):
        video.write(noise.integers(0, 256, (240, 320, 3)).astype(np.uint8))
"""


def test_a_video_that_the_disk_had_no_room_for_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    path.write_bytes(b"an older one")
    command = [sys.executable, "-c", _ON_A_FULL_DISK, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "cannot be written to its end; is the disk full?" in done.stderr
    assert path.read_bytes() == b"an older one"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_no_picture_leaves_no_half_of_a_video(tmp_path: Path) -> None:
    with pytest.raises(cv2.error), AnnotatedVideo(tmp_path / "out.mp4", 15) as video:
        video.write(np.zeros((48, 64, 3), np.complex64))
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with (
        AnnotatedVideo(tmp_path / "no folder" / "out.mp4", 15) as video,
        pytest.raises(SourceError, match="cannot be written"),
    ):
        video.write(image())


def test_a_name_that_cannot_be_had_at_the_end_leaves_no_hidden_video(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    video = AnnotatedVideo(path, 15)
    video.write(image())
    path.mkdir()
    with pytest.raises(SourceError, match=r"out\.mp4: cannot be written: Is a directory"):
        video.__exit__(None, None, None)
    assert list(tmp_path.iterdir()) == [path]

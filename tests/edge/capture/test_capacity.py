from __future__ import annotations

import pytest

from edge.capture.capacity import capacity_bytes
from tests.cameras import parse_camera


@pytest.mark.parametrize(
    ("fields", "width", "height"),
    [
        ({"source": "images", "path": "folder"}, 8000, 6000),
        ({"source": "file", "path": "film.mp4"}, 3840, 2160),
        ({"source": "rtsp", "url": "rtsp://cam/1"}, 4000, 3000),
        ({"source": "v4l2"}, 3840, 2160),
        ({"source": "v4l2", "size": [8192, 6144]}, 8192, 6144),
        ({"source": "picamera2", "size": [8000, 6000]}, 8000 + 64 // 3, 6000),
        ({"source": "gstreamer", "pipeline": "videotestsrc"}, 3840, 2160),
    ],
)
def test_the_largest_picture_of_each_kind_of_camera_fits(
    fields: dict[str, object], width: int, height: int
) -> None:
    assert capacity_bytes(parse_camera({"name": "a", **fields})) >= width * height * 3


@pytest.mark.parametrize(
    "fields", [{"source": "v4l2", "size": [640, 480]}, {"source": "http", "url": "http://cam/"}]
)
def test_a_camera_takes_no_more_than_192_mebibytes_of_addresses(fields: dict[str, object]) -> None:
    assert 3 * capacity_bytes(parse_camera({"name": "a", **fields})) <= 192 * 2**20

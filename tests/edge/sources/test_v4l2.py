from __future__ import annotations

import os
from pathlib import Path

import cv2
import pytest

from edge.cameras import V4l2Camera
from edge.errors import SourceError
from edge.sources.landing import Heap
from edge.sources.v4l2 import check_device, configure, open_v4l2
from tests.edge.sources.fake_capture import FakeCapture


def test_an_absent_camera_is_told_which_are_present(tmp_path: Path) -> None:
    (tmp_path / "video0").touch()
    (tmp_path / "video2").touch()

    with pytest.raises(SourceError, match=r"video7: no such camera; present: .*video0, .*video2"):
        check_device(str(tmp_path / "video7"), dev=tmp_path)


def test_without_any_camera_it_says_none(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="present: none"):
        check_device(str(tmp_path / "video0"), dev=tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open everything")
def test_a_forbidden_camera_names_the_group(tmp_path: Path) -> None:
    device = tmp_path / "video0"
    device.touch(mode=0)

    with pytest.raises(SourceError, match="group video"):
        check_device(str(device), dev=tmp_path)


def test_a_device_that_is_no_camera_says_what_may_be_wrong(tmp_path: Path) -> None:
    device = tmp_path / "video0"
    device.touch()

    with pytest.raises(SourceError, match="gives no pictures"):
        open_v4l2(V4l2Camera(name="hall", source="v4l2", device=str(device)), Heap())


def test_the_pixel_format_is_asked_for_before_the_size() -> None:
    capture = FakeCapture([])

    configure(capture, V4l2Camera(name="hall", source="v4l2", size=(1280, 720), fourcc="MJPG"))

    assert capture.settings == [
        (cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG")),
        (cv2.CAP_PROP_FRAME_WIDTH, 1280),
        (cv2.CAP_PROP_FRAME_HEIGHT, 720),
        (cv2.CAP_PROP_BUFFERSIZE, 1),
    ]


def test_without_wishes_the_drivers_choice_stays() -> None:
    capture = FakeCapture([])

    configure(capture, V4l2Camera(name="hall", source="v4l2"))

    assert capture.settings == [(cv2.CAP_PROP_BUFFERSIZE, 1)]

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge.cameras import AnyCamera
from edge.doctor.devices import examine_devices
from tests.cameras import parse_camera


def v4l2(path: Path, *, enabled: bool = True) -> AnyCamera:
    return parse_camera({"name": "door", "source": "v4l2", "device": str(path), "enabled": enabled})


def test_a_camera_that_is_not_plugged_in_is_named_unless_it_is_switched_off(tmp_path: Path) -> None:
    found = examine_devices([v4l2(tmp_path / "video7")])
    assert (found.verdict, str(tmp_path / "video7") in found.found) == ("fail", True)
    assert examine_devices([v4l2(tmp_path / "video7", enabled=False)]).verdict == "ok"


@pytest.mark.skipif(os.getuid() == 0, reason="root may open everything")
def test_a_device_of_another_group_is_named_with_the_command_that_helps(tmp_path: Path) -> None:
    device = tmp_path / "video0"
    device.touch(mode=0o000)
    found = examine_devices([v4l2(device)])
    assert found.verdict == "fail"
    assert "usermod -aG" in found.advice


def test_a_pi_camera_needs_the_media_and_memory_devices(tmp_path: Path) -> None:
    camera = parse_camera({"name": "ribbon", "source": "picamera2"})
    assert "media0: not there" in examine_devices([camera], tmp_path).found
    (tmp_path / "dma_heap").mkdir()
    for name in ("media0", "video0", "dma_heap/linux,cma"):
        (tmp_path / name).touch(mode=0o600)
    found = examine_devices([camera], tmp_path)
    assert found.verdict == "ok"
    assert "dma_heap/linux,cma" in found.found


def test_a_gstreamer_camera_needs_the_renderer_where_there_is_one(tmp_path: Path) -> None:
    camera = parse_camera({"name": "jetson", "source": "gstreamer", "pipeline": "videotestsrc"})
    assert examine_devices([camera], tmp_path).verdict == "ok"
    (tmp_path / "dri").mkdir()
    (tmp_path / "dri" / "renderD128").touch()
    assert "renderD128" in examine_devices([camera], tmp_path).found


def test_streams_and_files_need_no_device() -> None:
    film = parse_camera({"name": "film", "source": "file", "path": "a.mp4"})
    assert examine_devices([film]).found == "none needed by the enabled cameras"

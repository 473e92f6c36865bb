from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edge.demo.show import camera_for, configuration
from edge.errors import SourceError
from edge.settings import Settings


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("0", {"source": "v4l2", "device": 0}),
        ("/dev/video2", {"source": "v4l2", "device": "/dev/video2"}),
        ("rtsp://u:p@host/1", {"source": "rtsp", "url": "rtsp://u:p@host/1"}),
        ("rtsps://host/1", {"source": "rtsp", "url": "rtsps://host/1"}),
        ("https://host/cam.mjpg", {"source": "http", "url": "https://host/cam.mjpg"}),
    ],
)
def test_a_source_of_ones_own_is_understood(source: str, expected: dict[str, Any], tmp_path: Path) -> None:
    camera = camera_for(source)
    assert camera == {"name": "yours", **expected}
    Settings.model_validate(configuration([camera], 1883, tmp_path, "auto"))


def test_a_file_and_a_folder_are_played_for_ever(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").touch()
    assert camera_for(str(tmp_path / "film.mp4"))["source"] == "file"
    folder = camera_for(str(tmp_path))
    assert (folder["source"], folder["loop"]) == ("images", True)
    Settings.model_validate(configuration([folder], 1883, tmp_path, "haar"))


def test_a_missing_file_is_refused_before_anything_starts() -> None:
    with pytest.raises(SourceError, match=r"nowhere\.mp4: no such file; give a video"):
        camera_for("nowhere.mp4")

from __future__ import annotations

from pathlib import Path

import pytest

from edge.errors import SourceError
from edge.sources.opening import open_recording, open_source, recording_kind
from tests.cameras import parse_camera
from tests.edge.sources.films import make_film, make_picture, plain


def test_a_file_is_opened_as_a_camera(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.avi", frames=3)
    source = open_source(parse_camera({"name": "a", "source": "file", "path": path, "pace": "fastest"}))

    assert [frame.index for frame in (source.read(), source.read()) if frame] == [0, 1]
    source.close()
    source.close()


def test_a_folder_is_opened_as_a_camera(tmp_path: Path) -> None:
    make_picture(tmp_path / "a.png", plain(5))
    source = open_source(parse_camera({"name": "a", "source": "images", "path": tmp_path}))

    assert source.read() is not None
    assert source.read() is None


def test_a_single_picture_is_opened_as_a_camera(tmp_path: Path) -> None:
    path = make_picture(tmp_path / "a.png", plain(5))
    source = open_source(parse_camera({"name": "a", "source": "images", "path": path}))

    frame = source.read()

    assert frame is not None
    assert frame.image.max() == 5
    assert source.read() is None


@pytest.mark.parametrize("name", ["folder", "folder.mp4", "picture.PNG", "picture.jpeg"])
def test_folders_and_pictures_are_played_as_pictures(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name.startswith("folder"):
        path.mkdir()
        make_picture(path / "a.png", plain(5))
    else:
        make_picture(path, plain(5))

    assert recording_kind(path) == "images"
    assert open_recording(path, "a").read() is not None


def test_any_other_file_is_played_as_a_film(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.avi", frames=2)

    assert recording_kind(path) == "file"
    assert recording_kind(tmp_path / "absent") == "file"
    assert open_recording(path, "a").read() is not None


def test_an_unreachable_stream_is_an_error_without_the_password() -> None:
    camera = parse_camera(
        {"name": "a", "source": "http", "url": "http://admin:s3cret@127.0.0.1:9/video", "open_timeout_s": 2}
    )

    with pytest.raises(SourceError, match="no video stream") as caught:
        open_source(camera)

    assert "s3cret" not in str(caught.value)
    assert "http://***@127.0.0.1:9/video" in str(caught.value)


def test_a_system_camera_is_refused_in_our_process() -> None:
    with pytest.raises(SourceError, match="system's Python"):
        open_source(parse_camera({"name": "a", "source": "picamera2"}))

from __future__ import annotations

from pathlib import Path

import pytest

from edge.cameras import parse_camera
from edge.errors import SourceError
from edge.sources.opening import open_source
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

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from edge.errors import SourceError
from edge.sources.landing import Heap
from edge.sources.opening import open_recording
from edge.sources.video_file import VideoFile
from tests.edge.sources.films import make_film, shade


def times(path: Path, fps: float | None = None) -> list[float]:
    film = VideoFile(path, Heap(), fps)
    found = []
    while (picture := film.next()) is not None:
        found.append(picture.media_s)
    film.close()
    return found


@pytest.mark.parametrize(("name", "codec"), [("film.avi", "MJPG"), ("film.mp4", "mp4v")])
def test_every_frame_comes_once_in_order_with_its_media_time(tmp_path: Path, name: str, codec: str) -> None:
    film = VideoFile(make_film(tmp_path / name, frames=12, fps=10, codec=codec), Heap())

    for index in range(12):
        picture = film.next()
        assert picture is not None
        assert picture.media_s == pytest.approx(index / 10, abs=0.002)
        assert picture.image.shape == (48, 64, 3)
        assert abs(int(picture.image[20, 30, 0]) - shade(index)) <= 6
    assert film.next() is None


def test_a_lower_rate_decodes_only_the_frames_that_are_due(tmp_path: Path) -> None:
    assert times(make_film(tmp_path / "film.avi", frames=20, fps=10), fps=5) == pytest.approx(
        [n / 5 for n in range(10)], abs=0.01
    )


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"absent\.mp4: no such file"):
        VideoFile(tmp_path / "absent.mp4", Heap())


def test_an_empty_file_is_said_to_be_empty(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.touch()

    with pytest.raises(SourceError, match="is empty"):
        VideoFile(path, Heap())


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.mp4"
    path.write_bytes(b"these are not the frames you are looking for " * 50)

    with pytest.raises(SourceError, match="is not a video"):
        VideoFile(path, Heap())


def test_a_folder_is_sent_to_the_other_kind(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="source: images"):
        VideoFile(tmp_path, Heap())


def test_an_index_without_frames_is_an_error_that_says_so(tmp_path: Path) -> None:
    whole = make_film(tmp_path / "film.avi", frames=5).read_bytes()
    path = tmp_path / "header.avi"
    path.write_bytes(whole[: whole.index(b"movi") + 4])

    with pytest.raises(SourceError, match=r"holds no picture|is not a video"):
        VideoFile(path, Heap()).next()


def test_a_truncated_film_plays_what_it_has_and_says_that_it_ends_early(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = make_film(tmp_path / "film.avi", frames=40, width=320, height=240).read_bytes()
    path = tmp_path / "cut.avi"
    path.write_bytes(whole[: len(whole) // 2])

    with caplog.at_level(logging.WARNING):
        found = len(times(path))

    assert 5 <= found < 30
    assert [record.getMessage() for record in caplog.records if "ends early" in record.getMessage()]


def test_a_whole_film_says_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    times(make_film(tmp_path / "film.avi"))

    assert not caplog.records


def test_a_colon_or_percent_in_the_name_is_no_protocol_or_pattern(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.avi", frames=3).rename(tmp_path / "rtsp:12%03d.avi")

    assert len(times(path)) == 3


def test_nothing_of_ffmpeg_reaches_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    whole = make_film(tmp_path / "film.mp4", frames=40, codec="mp4v").read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(whole[: len(whole) // 2])

    with pytest.raises(SourceError):
        open_recording(path, "camera")

    assert capfd.readouterr().err == ""

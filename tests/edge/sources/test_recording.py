from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest

from edge.datatypes import Frame
from edge.sources.opening import open_recording
from tests.edge.sources.films import make_film, make_picture, plain

SHARED = Path(__file__).parents[4] / "shared"


def frames_of(path: Path) -> list[Frame]:
    recording = open_recording(path, "hall")
    found = []
    while (frame := recording.read()) is not None:
        found.append(frame)
    recording.close()
    return found


def test_frames_carry_media_time_and_the_files_time(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.avi", frames=5, fps=10)
    os.utime(path, (1_000_000, 1_000_000))

    frames = frames_of(path)

    assert [f.index for f in frames] == [0, 1, 2, 3, 4]
    assert [f.monotonic_s for f in frames] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])
    assert [f.utc_s for f in frames] == pytest.approx([1_000_000 + n / 10 for n in range(5)])
    assert {(f.camera, f.clock_synced, f.dropped) for f in frames} == {("hall", False, 0)}


def test_two_replays_agree(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mp4", frames=8, codec="mp4v")

    first, second = frames_of(path), frames_of(path)

    for a, b in zip(first, second, strict=True):
        assert (a.index, a.monotonic_s, a.utc_s) == (b.index, b.monotonic_s, b.utc_s)
        assert a.image.tobytes() == b.image.tobytes()


def test_a_damaged_picture_leaves_a_gap_in_the_index(tmp_path: Path) -> None:
    make_picture(tmp_path / "1.png", plain(1))
    (tmp_path / "2.png").write_bytes(b"damaged")
    make_picture(tmp_path / "3.png", plain(3))

    assert [(f.index, f.monotonic_s, f.dropped) for f in frames_of(tmp_path)] == [(0, 0.0, 0), (2, 2.0, 1)]


def test_one_picture_is_a_recording_of_one_frame(tmp_path: Path) -> None:
    assert len(frames_of(make_picture(tmp_path / "one.png", plain(7)))) == 1


@pytest.mark.skipif(
    not SHARED.is_dir(), reason="the shared videos lie beside the repository only in our workshop"
)
@pytest.mark.parametrize(
    ("name", "count"), [("videos/intel_asl_again.mkv", 77), ("videos/intel_classroom_preview.mp4", 45)]
)
def test_real_videos_give_all_their_frames_at_increasing_times(name: str, count: int) -> None:
    frames = frames_of(SHARED / name)

    assert len(frames) == count
    times_s = [f.monotonic_s for f in frames]
    assert all(a < b for a, b in itertools.pairwise(times_s))

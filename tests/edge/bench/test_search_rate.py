from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from edge.bench.search_rate import Followed, follow
from edge.bench.source import bench_settings
from edge.build import Networks
from edge.contract.preprocess import CropSpec
from tests.builders import detection, image
from tests.fakes import ConstantClassifier, ScriptedDetector


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of grey, 10 fps."""
    path = tmp_path_factory.mktemp("film") / "grey.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (96, 64))
    for _ in range(20):
        writer.write(image(96, 64))
    writer.release()
    return path


def followed(film: Path, every: int, fps: float | None) -> tuple[Followed, int]:
    """What the film gave, and how often the detector was asked."""
    detector = ScriptedDetector([[detection(4, 4)]] * 20)
    networks = Networks(detector, ConstantClassifier("sad"), CropSpec(), 0.0, "made", "1")
    settings = bench_settings(
        str(film), aggregate={"window_s": 60}, quality={"min_face_px": 8, "min_sharpness": 0}
    )
    return follow(film, networks, settings, every, fps), detector.calls


@pytest.mark.parametrize(
    ("every", "fps", "frames", "calls"),
    [(1, None, 20, 20), (3, None, 20, 7), (1, 5.0, 10, 10), (2, 5.0, 10, 5)],
)
def test_every_nth_analysed_frame_is_searched(
    every: int, fps: float | None, frames: int, calls: int, film: Path
) -> None:
    found, asked = followed(film, every, fps)
    assert (found.frames, asked) == (frames, calls)
    assert found.event is not None
    assert found.event.dominant == "sad"
    assert (found.identities.ids, found.identities.switches) == (1, 0)
    assert 0 <= found.detect_ms <= found.cpu_ms


def test_a_face_that_stays_is_one_track_however_rarely_it_is_searched(film: Path) -> None:
    found, _ = followed(
        film, 8, None
    )  # 0.8 s apart; who is looked for and not found is forgotten after 0.5 s
    assert found.identities.ids == 1

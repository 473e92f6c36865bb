from __future__ import annotations

from pathlib import Path

import pytest

from edge.bench.measurement import run_device
from edge.bench.source import bench_settings
from edge.build import build_networks
from tests.bench.films import crowd


@pytest.mark.parametrize(("faces", "size"), [(0, (640, 480)), (2, (640, 480)), (8, (1280, 720))])
def test_a_film_shows_as_many_faces_as_are_asked_for(
    tmp_path: Path, faces: int, size: tuple[int, int]
) -> None:
    settings = bench_settings(str(crowd(tmp_path, *size, faces, frames=30)), detector={"name": "compact"})
    cost = run_device(settings, build_networks(settings.detector, settings.classifier), 6)
    assert cost.faces == faces * 5  # a track is confirmed at its second frame

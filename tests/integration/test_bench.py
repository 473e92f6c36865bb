"""The benchmark's run of the real daemon."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.daemon_run import run_daemon
from tests.bench.films import crowd


@pytest.mark.integration
@pytest.mark.camera
def test_the_daemon_is_watched_while_it_analyses_a_network_camera(tmp_path: Path) -> None:
    run = run_daemon(1, crowd(tmp_path, 640, 480, 1, frames=30), tmp_path, seconds=4.0)
    assert run.start_s > 0
    assert 2 <= run.fps <= 6  # 5 are wanted
    assert 0 < run.cpu_share < 1.5
    assert 30e6 < run.pss_bytes < 400e6
    assert run.latency_p50_ms <= run.latency_p95_ms

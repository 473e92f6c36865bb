from __future__ import annotations

import subprocess
import sys
import time

import pytest

from edge.stats import OutboxStats
from edge.telemetry import Telemetry

EMPTY = OutboxStats(0, 0, 0)


def test_a_report_tells_rate_drops_and_latency_since_the_last() -> None:
    telemetry = Telemetry({"emotion-edge": "1"}, "safety", "falls in the ward", started_s=100.0)
    for latency_s in (0.01, 0.02, 0.03):
        telemetry.analysed("door", latency_s, dropped=4)
    stats = telemetry.report(("door", "hall"), EMPTY, now_s=101.5)
    door, hall = stats.cameras
    assert (door.fps, door.dropped) == (2.0, 4)
    assert door.latency_p50_ms == pytest.approx(20)
    assert (hall.fps, hall.latency_p50_ms) == (0.0, None)
    assert (stats.uptime_s, stats.purpose, stats.justification) == (1.5, "safety", "falls in the ward")
    (again,) = telemetry.report(("door",), EMPTY, now_s=103.0).cameras
    assert (again.fps, again.dropped, again.latency_p95_ms) == (0.0, 4, None)


def test_the_process_itself_is_measured() -> None:
    stats = Telemetry({}, "personal", None, started_s=0.0).report((), EMPTY, now_s=1.0)
    assert stats.rss_bytes > 1_000_000
    assert stats.cpu_percent >= 0


def test_a_capture_process_that_ends_makes_no_negative_load() -> None:
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    telemetry = Telemetry({}, "personal", None, started_s=0.0)
    until_s = time.monotonic() + 10
    while telemetry.report((), EMPTY, now_s=1.0).cpu_percent <= 0 and time.monotonic() < until_s:
        time.sleep(0.05)
    busy.kill()
    busy.wait()
    assert telemetry.report((), EMPTY, now_s=2.0).cpu_percent >= 0

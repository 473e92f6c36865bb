from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from edge.stats import OutboxStats
from edge.telemetry import Telemetry, temperature_c

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


@pytest.mark.parametrize(
    ("zones", "celsius"),
    [
        ({"cpu-thermal": "48212"}, 48.212),
        # A Jetson Nano, its GPU switched off: the power chip says 100 for ever.
        ({"CPU-therm": "41500", "GPU-therm": "-256000", "PMIC-Die": "100000", "AO-therm": "52000"}, 41.5),
        ({"tj-thermal": "61000", "soc0-thermal": "60000", "cv0-thermal": "none"}, 61.0),
        ({"acpitz": "99000", "x86_pkg_temp": "55000", "iwlwifi_1": "70000"}, 55.0),
        ({"board": "39000", "PMIC-Die": "100000"}, 39.0),
        ({"PMIC-Die": "100000"}, None),
        ({}, None),
    ],
)
def test_the_temperature_is_the_processor_s(
    tmp_path: Path, zones: dict[str, str], celsius: float | None
) -> None:
    for number, (kind, reading) in enumerate(zones.items()):
        zone = tmp_path / f"thermal_zone{number}"
        zone.mkdir()
        (zone / "type").write_text(f"{kind}\n")
        (zone / "temp").write_text(f"{reading}\n")
    assert temperature_c(tmp_path) == celsius

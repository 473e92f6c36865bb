from __future__ import annotations

from importlib import metadata
from pathlib import Path

import cv2
import pytest

from edge.doctor.finding import Finding
from edge.doctor.machine import clock, disk, heat, memory, throttled_bits, throttling, versions

NOW_S = 1_795_176_000.0  # 2026-11-20T12:00:00Z


def meminfo(available_mb: int, swap_mb: int = 0, swap_free_mb: int = 0) -> str:
    figures = {"MemTotal": 4000, "MemAvailable": available_mb, "SwapTotal": swap_mb, "SwapFree": swap_free_mb}
    return "".join(f"{name}:  {mb * 1_000_000 // 1024} kB\n" for name, mb in figures.items())


@pytest.mark.parametrize(
    ("finding", "verdict", "words"),
    [
        (clock(NOW_S, synced=True, installed_s=NOW_S - 1e6), "ok", "2026-11-20T12:00:00+00:00, synchronised"),
        (clock(NOW_S, synced=False, installed_s=NOW_S - 1e6), "warn", "clock_synced: false"),
        (clock(7.0, synced=True, installed_s=NOW_S), "fail", "before this software was installed"),
        (clock(1e30, synced=True, installed_s=NOW_S), "ok", "1000000000000"),
        (memory(meminfo(900), 4), "ok", "900 MB available"),
        (memory(meminfo(250), 4), "warn", "4 cameras may need 300 MB"),
        (memory(meminfo(250), 0), "ok", "250 MB available"),
        (memory(meminfo(900, 100, 20), 1), "warn", "swap 80 of 100 MB"),
        (memory("", 0), "ok", "0 MB available"),
        (heat(None, 78), "ok", "no sensor"),
        (heat(61.4, 78), "ok", "61 °C"),
        (heat(78.0, 78), "warn", "goes down from 78"),
        (throttling(0), "ok", "none since the start"),
        (throttling(0x50005), "warn", "under-voltage now, throttled now, under-voltage has occurred"),
        (throttling(0x40000), "warn", "throttling has occurred"),
    ],
)
def test_a_reading_becomes_a_finding(finding: Finding, verdict: str, words: str) -> None:
    assert finding.verdict == verdict
    assert words in finding.found
    assert bool(finding.advice) == (verdict != "ok")


def test_the_same_advice_is_given_once() -> None:
    assert throttling(0x10001).advice == "use the official power supply and a short cable"


def test_the_disk_must_have_room_for_the_outbox_at_its_largest(tmp_path: Path) -> None:
    assert disk(tmp_path / "not yet" / "outbox.sqlite3", 1).verdict == "ok"
    assert disk(tmp_path / "outbox.sqlite3", 10**18).verdict == "warn"


def test_versions_name_what_is_installed_here() -> None:
    found = versions()
    assert found.verdict == "ok"
    assert "numpy " in found.found
    assert "litert" in found.found or "tflite" in found.found


def test_an_opencv_that_pip_does_not_know_ends_no_examination(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", unknown)
    found = versions()
    assert (found.verdict, f"opencv {cv2.__version__}" in found.found) == ("ok", True)
    assert "paho-mqtt of unknown version" in found.found


def test_the_firmware_of_a_raspberry_pi_is_asked_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert throttled_bits() is None
    command = tmp_path / "vcgencmd"
    for script, bits in (
        ("echo throttled=0x50005", 0x50005),
        ("echo VCHI initialization failed; exit 1", None),
        ("echo error=1 error_msg=", None),
    ):
        command.write_text(f"#!/bin/sh\n{script}\n")
        command.chmod(0o755)
        assert throttled_bits() == bits

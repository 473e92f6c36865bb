"""The machine under the daemon: clock, disk, memory, heat, versions."""

from __future__ import annotations

import platform
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path

import cv2
import numpy as np

import edge
from edge.clock import clock_synced
from edge.doctor.finding import Finding, fail, ok, warn
from edge.doctor.parts import existing
from edge.errors import EmotionEdgeError
from edge.settings import Settings
from edge.telemetry import temperature_c
from edge.tflite import find_runtime

#: RETURNING, which the outbox uses, is in SQLite from here on.
_SQLITE = (3, 35)
#: The project's own bound: one camera, each further one (all processes together).
_FIRST_CAMERA_BYTES, _FURTHER_CAMERA_BYTES = 180_000_000, 40_000_000
_DAY_S = 86_400
#: Bits of the firmware's answer (Raspberry Pi documentation, vcgencmd get_throttled).
_THROTTLED = (
    (0x1, "under-voltage now", "use the official power supply and a short cable"),
    (0x4, "throttled now", "cool it, or give it a better power supply"),
    (0x8, "at its temperature limit now", "cool it"),
    (0x10000, "under-voltage has occurred", "use the official power supply and a short cable"),
    (0x40000, "throttling has occurred", "cool it, or give it a better power supply"),
)


def examine_machine(settings: Settings, *, running: bool) -> Iterator[Finding]:
    """All of it; ``running``: the daemon has its memory already."""
    cameras = sum(camera.enabled for camera in settings.cameras)
    yield versions()
    yield clock(time.time(), synced=clock_synced(), installed_s=Path(edge.__file__).stat().st_mtime)
    yield disk(settings.outbox.path, settings.outbox.max_bytes)
    yield memory(Path("/proc/meminfo").read_text(encoding="utf-8"), 0 if running else cameras)
    yield heat(temperature_c(), settings.load.hot_c)
    if (bits := throttled_bits()) is not None:
        yield throttling(bits)


def versions() -> Finding:
    """Python and what the daemon stands on."""
    try:
        runtime, _ = find_runtime()
    except EmotionEdgeError as err:
        found, _, advice = str(err).partition("; ")
        return fail("versions", found, advice)
    if sqlite3.sqlite_version_info < _SQLITE:
        return fail("versions", f"SQLite {sqlite3.sqlite_version} is too old", "install a later Python")
    # OpenCV may be one of the system's own, built with CUDA, of which pip knows nothing.
    told = {"numpy": np.__version__, "opencv": cv2.__version__}
    told |= {name: _version(name) for name in ("paho-mqtt", runtime.replace("_", "-"))}
    found = ", ".join(f"{name} {version}" for name, version in told.items())
    python = ".".join(map(str, sys.version_info[:3]))
    return ok("versions", f"emotion-edge {edge.__version__}, Python {python}, {platform.machine()}, {found}")


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "of unknown version"


def clock(utc_s: float, *, synced: bool, installed_s: float) -> Finding:
    """Whether windows carry the right time."""
    try:
        says = datetime.fromtimestamp(utc_s, timezone.utc).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        says = f"{utc_s:.0f} s"
    advice = "timedatectl set-ntp true; needs UDP 123 to a time server"
    if utc_s < installed_s - _DAY_S:
        return fail("clock", f"{says}, which is before this software was installed", advice)
    if not synced:
        return warn("clock", f"{says}, not synchronised: windows say clock_synced: false", advice)
    return ok("clock", f"{says}, synchronised")


def disk(path: Path, max_bytes: int) -> Finding:
    """Room for the outbox at its largest."""
    folder = existing(path.parent)
    free = shutil.disk_usage(folder).free
    found = f"{free / 1e6:.0f} MB free in {folder}"
    advice = "free some, move outbox.path, or lower outbox.max_bytes"
    if free < 4_000_000:
        return fail("disk", f"{found}: full", advice)
    if free < max_bytes:
        return warn("disk", f"{found}, less than the outbox may take ({max_bytes / 1e6:.0f} MB)", advice)
    return ok("disk", found)


def memory(meminfo: str, cameras: int) -> Finding:
    """Room for the daemon; ``cameras`` that it has yet to open, 0 where it runs."""
    lines = (line.split() for line in meminfo.splitlines() if line.count(":") == 1)
    kib = {words[0].rstrip(":"): int(words[1]) for words in lines}
    available, swap, swapped = (kib.get(name, 0) * 1024 for name in ("MemAvailable", "SwapTotal", "SwapFree"))
    used = swap - swapped
    found = f"{available / 1e6:.0f} MB available, swap {used / 1e6:.0f} of {swap / 1e6:.0f} MB"
    needed = _FIRST_CAMERA_BYTES + _FURTHER_CAMERA_BYTES * (cameras - 1) if cameras else 0
    if available < needed:
        return warn("memory", f"{found}; {cameras} cameras may need {needed / 1e6:.0f} MB",
                    "stop other programs, or have fewer cameras")  # fmt: skip
    if swap and used > swap / 2:
        return warn("memory", found, "more than half of the swap is in use: the machine is short of memory")
    return ok("memory", found)


def heat(celsius: float | None, hot_c: float) -> Finding:
    """Whether frames are given up for the temperature."""
    if celsius is None:
        return ok("temperature", "no sensor")
    if celsius >= hot_c:
        return warn("temperature", f"{celsius:.0f} °C: the frame rate goes down from {hot_c:g}", "cool it")
    return ok("temperature", f"{celsius:.0f} °C")


def throttling(bits: int) -> Finding:
    """What a Raspberry Pi's firmware says of its power and heat."""
    noticed = [(said, advice) for bit, said, advice in _THROTTLED if bits & bit]
    if not noticed:
        return ok("throttling", "none since the start (vcgencmd)")
    advice = ", ".join(dict.fromkeys(advice for _, advice in noticed))
    return warn("throttling", ", ".join(said for said, _ in noticed), advice)


def throttled_bits() -> int | None:
    """What ``vcgencmd get_throttled`` says; None on other machines."""
    try:
        told = subprocess.run(
            ["vcgencmd", "get_throttled"], capture_output=True, text=True, timeout=5, check=True
        )
        return int(told.stdout.strip().rpartition("=")[2], 16)
    except (OSError, ValueError, subprocess.SubprocessError):  # absent, not permitted, or of another make
        return None

"""What a device is and has: read, never changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from deploy.agent import disk
from deploy.agent.layout import Layout

_PYTHONS = tuple(f"3.{minor}" for minor in range(10, 14))


def gather(layout: Layout) -> dict[str, Any]:
    """All that preflight looks at."""
    return {
        "arch": architecture(),
        "pythons": pythons(),
        "disk_free_bytes": disk.free_bytes(layout.software),
        "mem_total_bytes": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
        "clock_s": time.time(),
        "cameras": video_devices(),
        "systemd": _systemd(),
    }


def architecture() -> str:
    """Of the programs that run here: a 64-bit kernel with 32-bit programs (Raspberry Pi OS) is ``armv8l``."""
    machine = os.uname().machine
    return "armv8l" if machine == "aarch64" and sys.maxsize < 1 << 32 else machine


def pythons() -> dict[str, str]:
    """Version to interpreter, of those that a release can be made for."""
    found = {}
    for version in _PYTHONS:
        path = shutil.which(f"python{version}", path="/usr/bin:/usr/local/bin")
        if path:
            found[version] = path
    found.setdefault(f"{sys.version_info[0]}.{sys.version_info[1]}", sys.executable)
    return {version: path for version, path in found.items() if version in _PYTHONS}


def video_devices() -> list[str]:
    """Of Video4Linux."""
    return sorted(str(path) for path in Path("/dev").glob("video*"))


def _systemd() -> str:
    """Its version, empty where it does not run."""
    if not Path("/run/systemd/system").is_dir():
        return ""
    said = subprocess.run(["systemctl", "--version"], capture_output=True, text=True, check=False).stdout
    return said.split()[1] if said else ""

"""Network cameras that a test can start, hang, kill and revive."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

_HERE = Path(__file__).parent
SYSTEM_PYTHON = "/usr/bin/python3"


class ServedCamera:
    """One server process on a port that stays the same over its lives."""

    def __init__(self, python: str, script: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._command = [python, str(_HERE / script), str(self.port)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n", "the camera server did not start"

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None


def http_camera() -> ServedCamera:
    return ServedCamera(sys.executable, "mjpeg_server.py")


def rtsp_camera() -> ServedCamera:
    return ServedCamera(SYSTEM_PYTHON, "rtsp_server.py")


def missing_gi_module(*namespaces: str) -> str | None:
    """Why GStreamer tests cannot run here, None where they can."""
    wanted = "".join(f"gi.require_version({name!r}, '1.0');" for name in namespaces)
    if not Path(SYSTEM_PYTHON).exists():
        return f"{SYSTEM_PYTHON} is absent"
    probe = subprocess.run(
        [SYSTEM_PYTHON, "-I", "-c", f"import gi;{wanted}"], capture_output=True, check=False
    )
    if probe.returncode == 0:
        return None
    return (
        "apt install python3-gi gir1.2-gstreamer-1.0 gir1.2-gst-plugins-base-1.0 gir1.2-gst-rtsp-server-1.0 "
        "gstreamer1.0-plugins-base gstreamer1.0-plugins-good"
    )

"""Network cameras killed, hung and revived; and a camera that fails a thousand times."""

from __future__ import annotations

import gc
import os
import signal
import time
from pathlib import Path

from edge.capture.limits import CaptureLimits
from tests.integration.camera_servers import ServedCamera, http_camera, missing_gi_module, rtsp_camera
from tests.integration.watched_camera import Watch
from tests.torture.outcome import Finding, Row, Size, at_most

_ROUNDS: dict[Size, int] = {"fast": 1, "full": 30}
_FAILURES: dict[Size, int] = {"fast": 8, "full": 1000}
#: The times of the defaults that count, save for the silence, which is shortened in the fast form.
_FAST = CaptureLimits(stalled_after_s=1.0, kill_after_s=2.0)


class _Times:
    def __init__(self) -> None:
        self.stalled_s: list[float] = []
        self.killed_s: list[float] = []
        self.back_s: list[float] = []


def _break(server: ServedCamera, watch: Watch, times: _Times) -> None:
    """Kill the camera and revive it; hang it and let it go on."""
    watch.until(watch.more(10), 60)
    server.kill()
    watch.until(watch.in_state("reconnecting"), 60)
    _pass_time(watch, 4.0)  # the back-off has reached its bound
    server.start()
    times.back_s.append(watch.until(watch.more(1), 60))
    watch.until(watch.more(10), 60)
    server.signal(signal.SIGSTOP)
    began_s = time.monotonic()
    watch.until(watch.in_state("stalled"), 60)
    times.stalled_s.append(time.monotonic() - began_s)
    watch.until(watch.in_state("reconnecting"), 60)
    times.killed_s.append(time.monotonic() - began_s)
    server.signal(signal.SIGCONT)
    watch.until(watch.more(1), 60)


def _pass_time(watch: Watch, seconds: float) -> None:
    until_s = time.monotonic() + seconds
    watch.until(lambda: time.monotonic() >= until_s, seconds + 10)


def _streams(size: Size) -> list[Finding]:
    limits = _FAST if size == "fast" else CaptureLimits()
    times = _Times()
    servers = [("http", http_camera())]
    if size == "full" and missing_gi_module("Gst", "GstRtspServer") is None:
        servers.append(("rtsp", rtsp_camera()))
    for kind, server in servers:
        server.start()
        url = f"{kind}://viewer:s3cret@127.0.0.1:{server.port}/cam"
        watch = Watch({"source": kind, "url": url}, limits)
        try:
            for _ in range(_ROUNDS[size]):
                _break(server, watch, times)
        finally:
            watch.supervisor.close()
            server.kill()
    slack_s, back_s = (3.0, 6.0) if size == "fast" else (0.5, 3.0)  # the tests run on busy machines
    return [
        Finding("kinds of camera", len(servers), "http, and rtsp in the full form", holds=True),
        at_most("longest silence before stalled, s", max(times.stalled_s), limits.stalled_after_s + slack_s),
        at_most("longest silence before killed, s", max(times.killed_s), limits.kill_after_s + slack_s),
        at_most("longest from camera back to first frame, s", max(times.back_s), back_s),
    ]


def _failures(folder: Path, size: Size) -> list[Finding]:
    quick = CaptureLimits(backoff_min_s=0.01, backoff_max_s=0.02)
    watch = Watch({"source": "file", "path": str(folder / "absent.mp4")}, quick)

    def fail(times: int) -> None:
        wanted = watch.supervisor.reconnects + times
        watch.until(lambda: watch.supervisor.reconnects >= wanted, 60 + times * 5)

    fail(3)
    before = _held()
    fail(_FAILURES[size])
    watch.supervisor.close()
    gc.collect()
    after = _held()
    return [
        Finding("failed openings", _FAILURES[size], "made", holds=True),
        at_most("memory gained, MB", (after[0] - before[0]) / 1e6, 5),
        at_most("file descriptors gained", after[1] - before[1], 0),
        at_most("shared memories gained", after[2] - before[2], 0),
        at_most("processes left", after[3], 0),
    ]


def _held() -> tuple[int, int, int, int]:
    """Resident bytes, file descriptors, mapped slots, children of this process."""
    status = Path("/proc/self/statm").read_text().split()
    children = [file.read_text().split() for file in Path("/proc/self/task").glob("*/children")]
    capture = [pid for pids in children for pid in pids if b"edge.capture" in _command_line(pid)]
    return (
        int(status[1]) * os.sysconf("SC_PAGE_SIZE"),
        len(list(Path("/proc/self/fd").iterdir())),
        Path("/proc/self/maps").read_text().count("emotion-edge-slot"),
        len(capture),
    )


def _command_line(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _run(folder: Path, size: Size) -> list[Finding]:
    return _streams(size) + _failures(folder, size)


ROW = Row(
    "camera gone",
    "an MJPEG and an RTSP server killed, hung (SIGSTOP) and revived; a source that is never there",
    _run,
)

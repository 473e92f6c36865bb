"""The real daemon with network cameras for a while: its processor time, memory, drops, latency and start."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from edge.bench.machine import pss_bytes
from tests.bench.peer_process import ROOT

_SETTLE_S = 4.0
_FIRST_FRAME_WITHIN_S = 60.0


@dataclass(frozen=True)
class DaemonRun:
    """What the daemon and its capture processes took.

    Attributes:
        start_s: From the start of the process to its first analysed frame.
        fps: Frames analysed a second, all cameras together.
        dropped: Frames that were replaced unread, share of those that were due.
        cpu_share: Of one core, while it ran steadily.
        cpu_ms: Of processor for an analysed frame.
        pss_bytes: Of all processes together.
    """

    cameras: int
    start_s: float
    fps: float
    dropped: float
    cpu_share: float
    cpu_ms: float
    pss_bytes: int
    latency_p50_ms: float
    latency_p95_ms: float


def run_daemon(cameras: int, film: Path, work: Path, seconds: float, **sections: Any) -> DaemonRun:
    """Run it with so many MJPEG cameras of 15 fps, each analysed at 5.

    Raises:
        RuntimeError: No frame was analysed; carries the daemon's last words.
    """
    folder = work / f"daemon-{cameras}"
    folder.mkdir(parents=True, exist_ok=True)
    with _served(film) as url:
        config = _configuration(folder, [url] * cameras, **sections)
        noted = folder / "frames.txt"
        noted.unlink(missing_ok=True)
        with (folder / "daemon.log").open("wb") as log:
            began_s = time.monotonic()
            daemon = subprocess.Popen(
                [sys.executable, "-m", "tests.bench.observed_daemon", str(config), str(noted)],
                cwd=ROOT, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            first_s = _first_frame(noted, daemon, folder / "daemon.log")
            time.sleep(_SETTLE_S)
            cpu_s, from_s = _cpu_s(daemon.pid), time.monotonic()
            time.sleep(seconds)
            cpu_s, until_s = _cpu_s(daemon.pid) - cpu_s, time.monotonic()
            memory = pss_bytes(_family(daemon.pid))
        finally:
            daemon.terminate()
            daemon.wait(20)
    lines = [line.split() for line in noted.read_text(encoding="utf-8").splitlines()]
    steady = [line for line in lines if from_s <= float(line[0]) <= until_s]
    p50_ms, p95_ms = np.percentile([1000 * float(line[1]) for line in steady], [50, 95])
    dropped = _dropped(steady)
    return DaemonRun(
        cameras=cameras,
        start_s=first_s - began_s,
        fps=len(steady) / (until_s - from_s),
        dropped=dropped / (dropped + len(steady)),
        cpu_share=cpu_s / (until_s - from_s),
        cpu_ms=1000 * cpu_s / len(steady),
        pss_bytes=memory,
        latency_p50_ms=float(p50_ms),
        latency_p95_ms=float(p95_ms),
    )


@contextlib.contextmanager
def _served(film: Path) -> Iterator[str]:
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.film_server", str(film), "15"],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{int(server.stdout.readline())}/"
    finally:
        server.kill()
        server.communicate()


def _configuration(folder: Path, urls: Sequence[str], **sections: Any) -> Path:
    cameras = [
        {"name": f"camera-{number}", "source": "http", "url": url, "fps": 5}
        for number, url in enumerate(urls)
    ]
    # No broker listens on port 1: windows go to the outbox and stay there.
    settings = {
        "schema": "edge/1", "site": "bench", "device": "local", "purpose": "research", "cameras": cameras,
        "mqtt": {"host": "127.0.0.1", "port": 1}, "outbox": {"path": str(folder / "outbox.sqlite3")},
        "load": {"adapt": False}, **sections,
    }  # fmt: skip
    path = folder / "edge.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return path


def _first_frame(noted: Path, daemon: subprocess.Popen[bytes], log: Path) -> float:
    until_s = time.monotonic() + _FIRST_FRAME_WITHIN_S
    while time.monotonic() < until_s and daemon.poll() is None:
        if noted.exists() and (text := noted.read_text(encoding="utf-8")).count("\n"):
            return float(text.split()[0])
        time.sleep(0.02)
    raise RuntimeError(f"no frame was analysed: {log.read_text(errors='replace')[-600:]}")


def _family(pid: int) -> list[int]:
    children: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        children += map(int, task.read_text(encoding="ascii").split())
    return [pid, *children]


def _cpu_s(pid: int) -> float:
    ticks = 0
    for one in _family(pid):
        fields = Path(f"/proc/{one}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _dropped(lines: Sequence[Sequence[str]]) -> int:
    """Frames dropped while these were analysed, over all cameras."""
    counts: dict[str, list[int]] = {}
    for _, _, camera, dropped in lines:
        counts.setdefault(camera, []).append(int(dropped))
    return sum(found[-1] - found[0] for found in counts.values())

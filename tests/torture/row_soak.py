"""Four cameras for a long time: memory and descriptors stay flat."""

from __future__ import annotations

import re
import time
from pathlib import Path

import numpy as np

from tests.integration.camera_servers import http_camera
from tests.integration.daemon_process import Daemon, configuration
from tests.torture.outcome import Finding, Row, Size, at_most
from tests.torture.row_broker_gone import broker_in

_SECONDS: dict[Size, float] = {"fast": 15.0, "full": 3600.0}
_CAMERAS: dict[Size, int] = {"fast": 2, "full": 4}
_WARM_UP_S: dict[Size, float] = {"fast": 3.0, "full": 300.0}


def _processes(daemon: Daemon) -> list[int]:
    tasks = Path(f"/proc/{daemon.process.pid}/task").glob("*/children")
    return [daemon.process.pid, *(int(pid) for file in tasks for pid in file.read_text().split())]


def _pss_mb(pid: int) -> float:
    """Proportional share of memory: what several processes map is counted once."""
    found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def _own_mb(pid: int) -> float:
    """Of that, what is of no file: how much of a library counts depends on who else uses it just now."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(map(int, re.findall(r"^Pss_(?:Anon|Shmem):\s+(\d+)", rollup, re.MULTILINE))) / 1024


def _descriptors(pids: list[int]) -> int:
    return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids)


def _run(folder: Path, size: Size) -> list[Finding]:
    servers = [http_camera() for _ in range(_CAMERAS[size])]
    for server in servers:
        server.start()
    cameras = [
        {"name": f"cam-{at}", "source": "http", "url": f"http://127.0.0.1:{server.port}/", "fps": 5}
        for at, server in enumerate(servers)
    ]
    samples: list[tuple[float, float]] = []
    with broker_in(folder) as broker:
        broker.start()
        subscriber = broker.subscribe()
        daemon = Daemon(configuration(folder, broker.port, *cameras))
        try:
            for camera in cameras:
                subscriber.wait_for(1, f"/{camera['name']}/window", timeout_s=90)
            time.sleep(_WARM_UP_S[size])
            began_s, fds = time.monotonic(), _descriptors(_processes(daemon))
            while (at_s := time.monotonic() - began_s) < _SECONDS[size]:
                samples.append((at_s / 3600, sum(map(_own_mb, _processes(daemon)))))
                time.sleep(min(10.0, _SECONDS[size] / 10))
            pids = _processes(daemon)
            each = [_pss_mb(pid) for pid in pids]
            gained = _descriptors(pids) - fds
        finally:
            daemon.process.kill()
            daemon.process.wait()
            for server in servers:
                server.kill()
    at_h, used_mb = np.array(samples).T
    slope = float(np.polyfit(at_h, used_mb, 1)[0])
    return [
        Finding("cameras", len(cameras), "streaming", holds=len(pids) == len(cameras) + 1),
        at_most("daemon and one camera, PSS MB", each[0] + each[1], 180),
        at_most("each further camera, PSS MB", max(each[1:]), 40),
        Finding(
            "slope of its own memory, MB an hour",
            slope,
            "at most 1 in the full form",
            holds=size == "fast" or slope <= 1,
        ),
        at_most("descriptors gained", gained, 0),
    ]


ROW = Row("soak", "MJPEG cameras at 5 frames a second", _run)

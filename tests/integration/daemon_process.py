"""The real daemon as a process, and a configuration for it with pictures of our own.

Use the fixture by importing it: ``from tests.integration.daemon_process import start_daemon``.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent


class Daemon:
    """The real ``emotion-edge run`` as a process of its own."""

    def __init__(self, config: Path) -> None:
        self._log = config.with_suffix(".log")
        with self._log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "edge", "run", "--config", str(config)],
                cwd=ROOT,
                stdout=out,
                stderr=out,
            )

    @property
    def log(self) -> str:
        return self._log.read_text()

    def wait_for(self, holds: Callable[[], bool], timeout_s: float = 40.0) -> None:
        """Until it holds; fails with the daemon's log."""
        until_s = time.monotonic() + timeout_s
        while not holds():
            assert time.monotonic() < until_s, self.log
            time.sleep(0.05)

    def terminate(self) -> tuple[int, float]:
        """SIGTERM; exit status and how long it took."""
        started_s = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15), time.monotonic() - started_s

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self.process.kill()
        self.process.wait()


StartDaemon = Callable[[Path], Daemon]


def film(folder: Path, name: str = "film.avi", seconds: float = 2.0) -> Path:
    """A short film of moving noise, 10 frames a second; nobody is in it."""
    path = folder / name
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (160, 120))
    random = np.random.default_rng(7)
    for _ in range(round(seconds * 10)):
        writer.write(random.integers(0, 256, (120, 160, 3), np.uint8))
    writer.release()
    return path


def looping(path: Path) -> dict[str, Any]:
    """A camera named as its film, which it shows over and over."""
    return {"name": path.stem, "source": "file", "path": str(path), "loop": True}


def configuration(folder: Path, port: int, *cameras: dict[str, Any], **sections: Any) -> Path:
    """A file for ``emotion-edge run``; ``cameras`` default to a film that loops."""
    path = folder / "edge.yaml"
    settings = {
        "schema": "edge/1",
        "site": "lab",
        "device": "vm",
        "purpose": "research",
        "cameras": list(cameras) or [looping(film(folder))],
        "detector": {"name": "haar"},
        "aggregate": {"window_s": 1.0},
        "mqtt": {"host": "127.0.0.1", "port": port, "backoff_min_s": 0.2, "backoff_max_s": 0.5},
        "outbox": {"path": str(folder / "outbox.sqlite3")},
        **sections,
    }
    path.write_text(yaml.safe_dump(settings))
    return path


@pytest.fixture
def start_daemon() -> Iterator[StartDaemon]:
    """Starts daemons, each on a configuration file; those that still run at the end are killed."""
    started: list[Daemon] = []

    def start(config: Path) -> Daemon:
        started.append(Daemon(config))
        return started[-1]

    yield start
    for daemon in started:
        if daemon.process.poll() is None:
            daemon.kill()

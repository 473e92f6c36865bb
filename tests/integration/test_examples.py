"""The examples against a real broker and the real daemon."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.daemon_process import ROOT, StartDaemon, configuration, start_daemon
from tests.integration.mosquitto import Mosquitto, mosquitto

__all__ = ["mosquitto", "start_daemon"]  # the fixtures
pytestmark = [pytest.mark.integration, pytest.mark.broker]

SUBSCRIBER = ROOT / "edge" / "examples" / "subscriber.py"


@pytest.fixture
def told(mosquitto: Mosquitto, tmp_path: Path) -> Iterator[Path]:
    """Where the running example prints."""
    mosquitto.start()
    out = tmp_path / "told.txt"
    with out.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, str(SUBSCRIBER), "127.0.0.1", str(mosquitto.port)], stdout=file, stderr=file
        )
    yield out
    process.kill()
    process.wait()


def test_the_subscriber_prints_the_windows_of_a_real_daemon(
    mosquitto: Mosquitto, start_daemon: StartDaemon, told: Path, tmp_path: Path
) -> None:
    daemon = start_daemon(configuration(tmp_path, mosquitto.port))
    daemon.wait_for(lambda: told.read_text().count("\n") >= 2, 60)
    time, *words = told.read_text().splitlines()[0].split(" ")
    assert time.endswith("Z")
    assert words == ["vm", "film", "suppressed"]  # the film shows nobody

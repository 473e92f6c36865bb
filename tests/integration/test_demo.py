"""The demo as a newcomer starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parent.parent.parent


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """The demo with its temporary files in ``folder``."""
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "edge", "demo", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(folder)},
    )


def assert_nothing_is_left(folder: Path) -> None:
    assert list(folder.iterdir()) == []
    # Every process of the demo has inherited its TMPDIR.
    children = [file for file in Path("/proc").glob("[0-9]*/environ") if str(folder).encode() in _read(file)]
    assert children == []


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:  # the process has just ended
        return b""


def test_both_faces_arrive_as_events_within_15_s_and_it_ends_by_itself(tmp_path: Path) -> None:
    demo = start(tmp_path, "--seconds", "14")
    said, complaints = demo.communicate(timeout=60)
    assert demo.returncode == 0, complaints
    for camera in ("entrance", "counter"):
        assert any(f"demo/this-computer/{camera}  1 face" in line for line in said.splitlines()), said
    assert_nothing_is_left(tmp_path)


def test_ctrl_c_ends_it_in_order(tmp_path: Path) -> None:
    demo = start(tmp_path, "--seconds", "60")
    assert demo.stdout is not None
    for line in demo.stdout:
        if "demo/this-computer/" in line and "broker" not in line:
            break
    demo.send_signal(signal.SIGINT)
    started_s = time.monotonic()
    _, complaints = demo.communicate(timeout=30)
    assert demo.returncode == 0, complaints
    assert "Traceback" not in complaints
    assert time.monotonic() - started_s < 10
    assert_nothing_is_left(tmp_path)

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


def processes_of(folder: Path) -> list[str]:
    """Numbers of the processes of a demo: all have inherited its TMPDIR."""
    environments = Path("/proc").glob("[0-9]*/environ")
    return [file.parent.name for file in environments if f"TMPDIR={folder}\0".encode() in _read(file)]


def assert_nothing_is_left(folder: Path) -> None:
    assert list(folder.iterdir()) == []
    assert processes_of(folder) == []


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda n: n.name)
@pytest.mark.parametrize("after_s", [1.0, 3.0])
def test_stopped_at_any_moment_it_leaves_nothing_and_ends_with_0(
    tmp_path: Path, number: signal.Signals, after_s: float
) -> None:
    demo = start(tmp_path, "--seconds", "60")
    time.sleep(after_s)  # while it films, or while the daemon starts
    demo.send_signal(number)
    _, complaints = demo.communicate(timeout=30)
    assert demo.returncode == 0, complaints
    assert_nothing_is_left(tmp_path)


def test_a_killed_demo_takes_its_daemon_along(tmp_path: Path) -> None:
    demo = start(tmp_path, "--seconds", "60")
    assert demo.stdout is not None
    next(line for line in demo.stdout if "entrance" in line)
    demo.kill()
    demo.communicate(timeout=30)
    until_s = time.monotonic() + 10
    while processes_of(tmp_path):
        assert time.monotonic() < until_s, processes_of(tmp_path)
        time.sleep(0.1)


def test_a_source_that_cannot_be_played_ends_it_at_once_with_the_daemons_words(tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    film = tmp_path / "films" / "text.mp4"
    film.write_text("not a film")
    demo = start(tmp_path / "films", "--seconds", "6", "--source", str(film))
    _, complaints = demo.communicate(timeout=60)
    assert demo.returncode == 1
    assert "text.mp4" in complaints
    assert "Traceback" not in complaints

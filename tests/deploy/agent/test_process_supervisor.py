"""A daemon without systemd, found again by a later agent."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.agent.__main__ import main
from deploy.agent.layout import Layout
from deploy.agent.process_supervisor import ProcessSupervisor


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path)
    program = made.releases / "one/bin/emotion-edge"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    made.current.symlink_to("releases/one")
    return made


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "60"])
    yield process
    process.kill()
    process.wait()


def test_the_daemon_that_was_started_is_found_again_and_stopped(layout: Layout) -> None:
    ProcessSupervisor(layout).restart()
    found = ProcessSupervisor(layout)
    assert found.state().active
    found.stop()
    assert not found.state().active


def test_a_number_that_is_another_process_by_now_is_left_alone(
    layout: Layout, stranger: subprocess.Popen[bytes]
) -> None:
    layout.runtime.mkdir(parents=True)
    (layout.runtime / "daemon.pid").write_text(str(stranger.pid))  # what a container left that ran before
    (layout.runtime / "daemon.begun").write_text(f"{stranger.pid} 1")
    later = ProcessSupervisor(layout)
    assert not later.state().active
    later.stop()
    assert stranger.poll() is None


def test_a_daemon_that_an_older_agent_started_is_believed(
    layout: Layout, stranger: subprocess.Popen[bytes]
) -> None:
    layout.runtime.mkdir(parents=True)
    (layout.runtime / "daemon.begun").write_text(f"{stranger.pid + 1} 1")
    (layout.runtime / "daemon.pid").write_text(str(stranger.pid))
    assert ProcessSupervisor(layout).state().active


def test_whoever_asks_with_whatever_umask_the_daemon_can_reach_its_releases(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        asked = ["--root", str(tmp_path), "--supervisor", "process", "--owner", "me", "lock", "--why", "x"]
        assert main(asked) == 0
    finally:
        os.umask(before)
    layout = Layout(tmp_path)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (layout.software, layout.releases, layout.wheels)}
    assert modes == {0o755}
    assert stat.S_IMODE(layout.memory.stat().st_mode) == 0o700

"""What ssh is left of its caller's: neither its stdin nor, where it would only ask, its terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_SSH = """#!/bin/sh
cat
ps -o sid= -p $$ > "$(dirname "$0")/../session"
echo "Host key verification failed." >&2
exit 255
"""
_CALLER = """
import os, sys
from pathlib import Path
from deploy.ssh import host_keys
from deploy.commands.logs import run_logs
from deploy.inventory import load
from edge.errors import EmotionEdgeError
fleet = load(Path("fleet.yaml"))
try:
    {call}
except EmotionEdgeError:
    pass
print(os.getsid(0), sys.stdin.read())
"""


def _call(folder: Path, call: str) -> tuple[bool, str]:
    """Whether ssh had a session of its own, and what it left of stdin."""
    (folder / "bin").mkdir()
    (folder / "bin/ssh").write_text(_SSH)
    (folder / "bin/ssh").chmod(0o755)
    (folder / "fleet.yaml").write_text(
        f"schema: fleet/1\nknown_hosts: {folder}/known_hosts\nhosts:\n- {{name: pi, address: 192.0.2.1}}\n"
    )
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    root = str(Path(__file__).parents[3])
    ran = subprocess.run(
        [sys.executable, "-c", _CALLER.format(call=call)],
        input="pi-02",
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        env={**os.environ, "PATH": path, "PYTHONPATH": root},
    )
    session, _, left = ran.stdout.strip().partition(" ")
    return (folder / "session").read_text().strip() != session, left


@pytest.mark.parametrize("verb", ["trouble", "offered"])
def test_ssh_asks_no_terminal_while_many_devices_are_greeted_and_reads_no_stdin(
    tmp_path: Path, verb: str
) -> None:
    assert _call(tmp_path, f"host_keys.{verb}(fleet.hosts[0], fleet)") == (True, "pi-02")


def test_logs_leave_a_loop_its_list_of_hosts(tmp_path: Path) -> None:
    assert _call(tmp_path, 'run_logs(Path("fleet.yaml"), "pi", 1, follow=False)')[1] == "pi-02"

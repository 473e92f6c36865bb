"""``logs HOST``: the daemon's journal, through ssh."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

from deploy.inventory import load
from deploy.selection import select
from deploy.ssh import host_keys
from deploy.ssh.command import as_root, ssh
from deploy.ssh.unreachable import connection_error
from edge.errors import ConfigError


def run_logs(inventory_file: Path, name: str, lines: int, *, follow: bool) -> int:
    """Copy a host's journal to stdout.

    Returns:
        The status of journalctl there.

    Raises:
        EmotionEdgeError: The host does not answer, or refuses.
    """
    inventory = load(inventory_file)
    hosts = select(inventory, [name])
    if len(hosts) != 1:
        raise ConfigError(f"{name}: means {len(hosts)} hosts; give the name of one")
    journal = ["journalctl", "--unit=emotion-edge", f"--lines={lines}", "--no-pager", "--output=short-iso"]
    command = as_root(hosts[0], *journal, *(["--follow"] if follow else []))
    host_keys.adopt(hosts, inventory)
    ran = subprocess.run(
        [*ssh(hosts[0], inventory), shlex.join(command)],
        stdin=subprocess.DEVNULL,  # what a script reads its hosts from is not ssh's to read
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if ran.returncode == 255:
        raise connection_error(ran.stderr)
    sys.stderr.write(ran.stderr)
    return ran.returncode

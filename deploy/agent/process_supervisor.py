"""A daemon without systemd: in containers, and in fleets of folders on one machine."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

from deploy.agent.gate import DaemonState
from deploy.agent.layout import Layout
from deploy.agent.supervisor import Supervisor

_STOP_WITHIN_S = 15.0
_TAIL_LINES = 5


class ProcessSupervisor(Supervisor):
    """Starts it as a process of its own session; nobody starts it again when it dies."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._pid_file, self._log = layout.runtime / "daemon.pid", layout.runtime / "daemon.log"
        #: When that process began: the files outlive a container, and numbers come again.
        self._begun_file = layout.runtime / "daemon.begun"

    def connect(self) -> None:
        """Nothing starts at boot here."""

    def disconnect(self) -> bool:
        return False

    def restart(self) -> None:
        self.stop()
        self._layout.runtime.mkdir(parents=True, exist_ok=True)
        command = [str(self._layout.current / "bin/emotion-edge"), "run"]
        with self._log.open("wb") as log:
            daemon = subprocess.Popen(
                [*command, "--config", str(self._layout.configuration)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment(),
                start_new_session=True,
            )
        self._begun_file.write_text(f"{daemon.pid} {_begun(daemon.pid)}")
        self._pid_file.write_text(str(daemon.pid))

    def stop(self) -> None:
        pid = self._pid()
        self._pid_file.unlink() if self._pid_file.exists() else None
        if pid is None:
            return
        until_s = time.monotonic() + _STOP_WITHIN_S
        _signal(pid, signal.SIGTERM)
        while _alive(pid):
            if time.monotonic() > until_s:
                _signal(pid, signal.SIGKILL)
            time.sleep(0.02)

    def state(self) -> DaemonState:
        pid = self._pid()
        active = pid is not None and _alive(pid)
        detail = "running" if active else "; ".join(["it has ended", *self.log_tail()[-1:]])
        failed = pid is not None and not active
        return DaemonState(active=active, failed=failed, pid=pid or 0, restarts=0, detail=detail)

    def log_tail(self) -> list[str]:
        try:
            return self._log.read_text(errors="replace").splitlines()[-_TAIL_LINES:]
        except FileNotFoundError:
            return []

    def try_command(
        self, release: Path, command: list[str], timeout_s: float
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_s,
            cwd=str(release),
            env=self._environment(),
            stdin=subprocess.DEVNULL,
        )

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "RUNTIME_DIRECTORY": str(self._layout.runtime)}

    def _pid(self) -> int | None:
        """Of the daemon; None where none was started, or where its number is another process's by now."""
        try:
            pid = int(self._pid_file.read_text())
        except (FileNotFoundError, ValueError):
            return None
        try:
            of_pid, begun = self._begun_file.read_text().split()
        except (FileNotFoundError, ValueError):
            return pid
        # An older agent knows nothing of that file: what stands there is of a daemon before.
        known, there = of_pid == str(pid), _begun(pid)
        return None if known and there is not None and begun != there else pid


def _begun(pid: int) -> str | None:
    """When a process began, in ticks since the machine did; None where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return None


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _alive(pid: int) -> bool:
    """Whether it runs; a child of ours that has ended is taken off the table of processes."""
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    except ChildProcessError:
        pass
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False

"""Who starts and stops the daemon: systemd, or the agent itself where there is none."""

from __future__ import annotations

import abc
import subprocess
from pathlib import Path

from deploy.agent.gate import DaemonState


class Supervisor(abc.ABC):
    """The seam to the process that a release is."""

    @abc.abstractmethod
    def connect(self) -> None:
        """Have the device start ``current`` at boot, whatever ``current`` is."""

    @abc.abstractmethod
    def disconnect(self) -> bool:
        """Have the device start again what somebody had installed by hand; False where that is nothing."""

    @abc.abstractmethod
    def restart(self) -> None:
        """Start what ``current`` is now, in place of what runs; does not wait until it is ready."""

    @abc.abstractmethod
    def stop(self) -> None:
        """Let nothing run."""

    @abc.abstractmethod
    def state(self) -> DaemonState:
        """Of what was started last."""

    @abc.abstractmethod
    def log_tail(self) -> list[str]:
        """The newest lines that the daemon wrote."""

    @abc.abstractmethod
    def try_command(
        self, release: Path, command: list[str], timeout_s: float
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of a release as the daemon would be run: its user, its credentials, its limits."""

"""A device in a folder: its supervisor is played, its clock is turned by hand, its files are real."""

from __future__ import annotations

import itertools
import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.agent.blobs import BlobStore
from deploy.agent.clock import Clock
from deploy.agent.device import Device
from deploy.agent.gate import DaemonState
from deploy.agent.layout import Layout
from deploy.agent.supervisor import Supervisor
from deploy.release.store import Release
from tests.deploy.fake_release import Workshop, record


class HandClock(Clock):
    """Moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def monotonic_s(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


@dataclass
class PlayedSupervisor(Supervisor):
    """Runs nothing; what each version does when it is started is told before.

    Attributes:
        manners: Version to the health record that it writes; None: it dies.
        by_hand: Whether a unit was installed by hand before the first push.
        started: The versions that were started, in order.
    """

    layout: Layout
    manners: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    self_test: int = 0
    by_hand: bool = False
    started: list[str | None] = field(default_factory=list)
    _pids: itertools.count[int] = field(default_factory=lambda: itertools.count(100))
    _pid: int = 0

    def connect(self) -> None:
        """Nothing starts at boot."""

    def disconnect(self) -> bool:
        return self.by_hand

    def restart(self) -> None:
        version = self.running_version()
        self.started.append(version)
        self._pid = next(self._pids)
        self.layout.runtime.mkdir(parents=True, exist_ok=True)
        self.layout.health.unlink(missing_ok=True)
        written = self.manners.get(version or "", record())
        if written is None:
            self._pid = 0
        else:
            self.layout.health.write_text(json.dumps({**written, "pid": self._pid}))

    def stop(self) -> None:
        self._pid = 0
        self.started.append(None)

    def state(self) -> DaemonState:
        alive = self._pid != 0
        return DaemonState(alive, not alive, self._pid, 0, "running" if alive else "exit status 3")

    def log_tail(self) -> list[str]:
        return ["last words"]

    def try_command(
        self, release: Path, command: list[str], timeout_s: float
    ) -> subprocess.CompletedProcess[str]:
        frames = "20 frames (0 skipped)"
        return subprocess.CompletedProcess(command, self.self_test, "BAD   classifier: no", frames)

    def running_version(self) -> str | None:
        """Of the configuration that ``current`` leads to."""
        try:
            text = (self.layout.current / "config/edge.yaml").read_text()
        except FileNotFoundError:
            return None
        return text.split()[1]


@dataclass
class Rig:
    """One device and the desktop that pushes to it."""

    workshop: Workshop
    root: Path

    def __post_init__(self) -> None:
        self.layout = Layout(self.root)
        self.layout.allowed_signers.parent.mkdir(parents=True)
        self.layout.allowed_signers.write_text(self.workshop.trusted())
        self.supervisor = PlayedSupervisor(self.layout)
        self.clock = HandClock()
        self.device = Device(self.layout, self.supervisor, "me@desk", self.clock)

    def upload(self, release: Release) -> None:
        self.layout.make()
        for blob in self.device.missing(release.manifest):
            source = self.workshop.store.blob(blob["sha256"])
            BlobStore(self.layout).receive(blob["sha256"], blob["bytes"], 0, source)

    def apply(self, release: Release, *, allow_downgrade: bool = False) -> dict[str, Any]:
        return self.device.apply(
            release.manifest_path, release.signature_path, allow_downgrade=allow_downgrade
        )

    def push(self, release: Release) -> dict[str, Any]:
        self.upload(release)
        return self.apply(release)

    @property
    def current(self) -> str | None:
        return self.layout.id_of(self.layout.current)

"""A device without a network: a folder on this machine, and the real agent."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.device import Agent, ConnectionLostError, Ran
from deploy.release.agent_archive import archive
from deploy.release.store import Release
from deploy.steps.order import Order
from tests.deploy.fake_release import Workshop


@dataclass
class LocalDevice:
    """Runs commands here. ``losses`` counts down the calls that fail as if the network were away.

    Attributes:
        commands: What was run, without the interpreter.
    """

    folder: Path
    losses: int = 0
    commands: list[list[str]] = field(default_factory=list)

    @property
    def root(self) -> Path:
        return self.folder / "root"

    def run(self, command: Sequence[str], stdin: bytes = b"") -> Ran:
        self._reach()
        self.commands.append(list(command))
        done = subprocess.run(command, input=stdin, capture_output=True, check=False)
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    def _reach(self) -> None:
        if self.losses:
            self.losses -= 1
            raise ConnectionLostError("offline: no answer")


@dataclass
class Bench:
    """A desktop and one device that trusts it."""

    folder: Path

    def __post_init__(self) -> None:
        self.workshop = Workshop(self.folder)
        self.device = LocalDevice(self.folder)
        trusted = self.device.root / "etc/emotion-edge/allowed_signers"
        trusted.parent.mkdir(parents=True)
        trusted.write_text(self.workshop.trusted())
        self.agent_file = self.folder / "agent.pyz"
        self.agent_file.write_bytes(archive())
        self.told: list[tuple[str, dict[str, Any]]] = []

    def agent(self, owner: str = "me@desk/1") -> Agent:
        return Agent(self.device, owner, str(self.device.root), "process")

    def order(self, release: Release, owner: str = "me@desk/1", **changed: Any) -> Order:
        blobs = self.workshop.store.folder / "blobs"
        given = {"manifest": release.manifest_path, "blobs": blobs, "lost_after_s": 60.0, **changed}
        return Order("pi-test", self.agent_file, owner, "a test", **given)

    def tell(self, phase: str, **fields: Any) -> None:
        self.told.append((phase, fields))

    @property
    def phases(self) -> list[str]:
        return list(dict.fromkeys(phase for phase, _ in self.told))

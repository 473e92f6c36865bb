"""A desktop beside a loopback fleet: the real command line, in a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy import release_set
from deploy.building import agent_file
from deploy.release.store import Release
from deploy.release_set import ReleaseSet
from tests.deploy.fake_release import Workshop
from tests.devices.loopback import LoopbackFleet

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Said:
    """How a command ended; ``document`` is what ``--json`` printed."""

    status: int
    stderr: str
    document: dict[str, Any]

    @property
    def outcomes(self) -> dict[str, str]:
        return {host["host"]: host["outcome"] for host in self.document["hosts"]}

    def reason(self, host: str) -> str:
        return next(str(row["reason"]) for row in self.document["hosts"] if row["host"] == host)


class FleetDesk:
    """Builds fake releases, signed with the key that ``init`` has made, and pushes them."""

    def __init__(self, folder: Path, fleet: LoopbackFleet) -> None:
        self.folder, self.fleet = folder, fleet
        #: What commands are begun with.
        self.prefix: list[str] = []
        self.inventory = fleet.write(folder / "fleet.yaml")
        names = ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")
        homes = {name: str(folder / name.lower()) for name in names}
        self._environment = {**os.environ, **homes, "PYTHONPATH": str(ROOT)}
        (folder / "workshop").mkdir()
        self.workshop = Workshop(folder / "workshop")
        self.workshop.key = fleet.folder / "signing_key"

    def start(self, *words: str, inventory: Path | None = None) -> subprocess.Popen[str]:
        """Begin a command with ``--json``."""
        command = [sys.executable, "-m", "deploy", *words, "--inventory", str(inventory or self.inventory)]
        return subprocess.Popen(
            [*self.prefix, *command, "--json"],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # as at a terminal: one group, which Ctrl-C reaches
        )

    def run(self, *words: str, inventory: Path | None = None) -> Said:
        """Run a command to its end."""
        with self.start(*words, inventory=inventory) as process:
            return self.end(process)

    @staticmethod
    def end(process: subprocess.Popen[str]) -> Said:
        """Wait for a command that was begun."""
        stdout, stderr = process.communicate(timeout=600)
        return Said(process.returncode, stderr, json.loads(stdout) if stdout.strip() else {"hosts": []})

    def plain_environment(self) -> dict[str, str]:
        """For the programs of this Python's environment: ansible-playbook."""
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
        return {**self._environment, "PATH": path, "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3"}

    def releases(self, release: Release, of_host: Mapping[str, Release] | None = None) -> str:
        """A file of releases for ``--release``: one for all hosts but those that get another."""
        folder = self.workshop.store.folder
        chosen = {device.name: (of_host or {}).get(device.name, release) for device in self.fleet.devices}
        manifests = {name: made.manifest_path for name, made in chosen.items()}
        path = self.folder / f"{release.manifest.id}.json"
        release_set.write(path, ReleaseSet(folder, agent_file(folder), manifests))
        return str(path)

    def push(self, release: Release, *words: str, inventory: Path | None = None) -> Said:
        """Push one release to all."""
        return self.run("push", "--release", self.releases(release), *words, inventory=inventory)

    def running(self) -> set[str | None]:
        """The releases that the devices run."""
        return {device.release() for device in self.fleet.devices}

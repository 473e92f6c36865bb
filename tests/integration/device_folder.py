"""A device in a folder of its own, changed by the agent as it travels: one file, run as a process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.release.agent_archive import archive
from deploy.release.store import Release, ReleaseStore

_PATIENCE_S = 60.0


@dataclass
class DeviceFolder:
    """The root of a device, and the agent beside it."""

    folder: Path
    root: Path
    store: ReleaseStore

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._program = self.folder / "agent.pyz"
        self._program.write_bytes(archive())

    def trust(self, allowed: str) -> None:
        settings = self.root / "etc/emotion-edge"
        settings.mkdir(parents=True)
        (settings / "allowed_signers").write_text(allowed)

    def agent(self, *words: object) -> dict[str, Any]:
        """One verb; what it prints."""
        done = subprocess.run(self.command(*words), capture_output=True, text=True, check=False)
        assert done.stderr == ""
        found: dict[str, Any] = json.loads(done.stdout)
        assert done.returncode in (0, 1)
        return found

    def command(self, *words: object) -> list[str]:
        fixed = [sys.executable, str(self._program), "--root", str(self.root), "--owner", "me@desk"]
        return [*fixed, *(str(word) for word in words)]

    def upload(self, release: Release) -> list[dict[str, Any]]:
        """Answers to each part."""
        plan = self.agent("plan", "--manifest", release.manifest_path)
        answers = []
        for blob in plan["missing"]:
            part = ["--offset", blob["have_bytes"], "--file", self.store.blob(blob["sha256"])]
            answers.append(self.agent("receive", "--sha256", blob["sha256"], "--bytes", blob["bytes"], *part))
        return answers

    def apply(self, release: Release, *more: str) -> dict[str, Any]:
        return self.agent(*self.apply_words(release), *more)

    def apply_words(self, release: Release) -> list[object]:
        return ["apply", "--manifest", release.manifest_path, "--signature", release.signature_path]

    def push(self, release: Release) -> dict[str, Any]:
        self.upload(release)
        return self.apply(release)

    @property
    def current(self) -> str | None:
        found = self.agent("status")["current"]
        return str(found["id"]) if found else None

    @property
    def daemon_pid(self) -> int:
        return int(self.agent("status")["daemon"]["pid"])

    def close(self) -> None:
        """Stop the daemon."""
        try:
            pid = int((self.root / "run/emotion-edge/daemon.pid").read_text())
            os.kill(pid, signal.SIGTERM)
        except (FileNotFoundError, ProcessLookupError):
            return


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait for something that another process does."""
    end_s = time.monotonic() + _PATIENCE_S
    while not holds():
        assert time.monotonic() < end_s, f"{what}: not within {_PATIENCE_S:.0f} s"
        time.sleep(0.05)

"""What a step is told to do (the variables of the Ansible role)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Order:
    """One host's part of a run.

    Attributes:
        host: Its name in the inventory.
        agent_file: The agent here, to be brought to the device.
        owner: Who holds the lock: user, machine and run.
        why: What the lock and the audit line say.
        manifest: Of the release for this host; None where no release is brought.
        blobs: Folder of blobs by sha256.
        allow_downgrade: Whether an older release than the device's may be brought.
        allow_rename: Whether the device may run the release of another host.
    """

    host: str
    agent_file: Path
    owner: str
    why: str
    manifest: Path | None = None
    blobs: Path | None = None
    allow_downgrade: bool = False
    allow_rename: bool = False
    lock_ttl_s: int = 3600
    lost_after_s: float = 300.0
    soak_s: float = 30.0
    keep_releases: int = 5
    min_free_bytes: int = 500_000_000

    @property
    def blob_folder(self) -> Path:
        """Where the release's blobs lie."""
        if self.blobs is None:
            raise ValueError("this run brings no release")
        return self.blobs

    @property
    def release_file(self) -> Path:
        """The manifest."""
        if self.manifest is None:
            raise ValueError("this run brings no release")
        return self.manifest

    @property
    def signature_file(self) -> Path:
        """Of the manifest."""
        return self.release_file.with_name("manifest.json.sig")

    @property
    def allowances(self) -> list[str]:
        """The agent's flags for them."""
        downgrade = ["--allow-downgrade"] if self.allow_downgrade else []
        return [*downgrade, *(["--allow-rename"] if self.allow_rename else [])]

    @property
    def limits(self) -> list[str]:
        """What the agent is told about old releases."""
        return ["--keep", str(self.keep_releases), "--min-free-bytes", str(self.min_free_bytes)]

    @cached_property
    def release(self) -> dict[str, Any]:
        """The manifest's content."""
        content: dict[str, Any] = json.loads(self.release_file.read_text(encoding="utf-8"))
        return content

"""The desktop's side of the test: builds releases, good and bad ones, and pushes them through the agent."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.agent.manifest import Blob
from deploy.release.agent_archive import archive
from deploy.release.assemble import Parts, Target, assemble
from deploy.release.build import Builder
from deploy.release.render import Layer
from deploy.release.sign import allowed_signers, sign
from deploy.release.store import Release, ReleaseStore
from tests.devices.vm import HOST, Machine

REPOSITORY = Path(__file__).parents[2]
PICTURES = "/var/lib/emotion-edge-pictures"
USERNAME, PASSWORD = "device", "only on the device"
#: An emulated processor is far slower than a Raspberry Pi, and shares a busy host.
GATE = {"ready_within_s": 600, "soak_s": 15, "max_frame_age_s": 30}
_EMULATED = b"[Service]\nTimeoutStartSec=900\nWatchdogSec=0\n"
_TARGET = Target("test-device", platform.machine(), "3.11")


@dataclass
class Desk:
    """One operator with a store and a key."""

    folder: Path
    broker_port: int
    releases: dict[str, Release] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store = ReleaseStore(self.folder / "store")
        self._key = self.folder / "signer"
        if not self._key.exists():
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "signer", "-f", str(self._key)]
            subprocess.run(command, check=True)
        self._builder = Builder(REPOSITORY, self.store, GATE, print)

    def build(self, version: str, gate: Mapping[str, Any] | None = None, **changed: Any) -> Release:
        """A release of this checkout; ``changed`` are fields of the configuration."""
        base = {
            "schema": "edge/1",
            "site": "lab",
            "device": "test-device",
            "purpose": "personal",
            "cameras": [{"name": "desk", "source": "images", "path": PICTURES, "loop": True, "fps": 1}],
            "mqtt": {
                "host": HOST,
                "port": self.broker_port,
                "username": USERNAME,
                "password": "${MQTT_PASSWORD}",
            },
            "aggregate": {"window_s": 5},
            "load": {"adapt": False},
            "quality": {"min_sharpness": 0},
        }
        layers = [Layer("base.yaml", json.dumps(base)), Layer("host.yaml", json.dumps({**changed}))]
        whole = self._builder.build(_TARGET, layers)
        return self._kept(version, whole, {}, gate or {})

    def spoil(self, version: str, good: Release, program: str, **gate: float) -> Release:
        """The same with another launcher; ``gate`` are terms that differ."""
        return self._kept(version, good, {"bin/emotion-edge": program.encode()}, gate)

    def _kept(
        self, version: str, like: Release, files: Mapping[str, bytes], gate: Mapping[str, Any]
    ) -> Release:
        """Its version is in its content, so that each name is a release of its own."""
        found = like.manifest
        content: dict[str, bytes | Path | Blob] = {blob.path: blob for blob in found.files}
        content.update(files)
        parts = Parts(version, content, found.configuration, found.models, {**found.gate, **gate})
        made = assemble(_TARGET, parts, self.store)
        sign(made, self._key)
        self.releases[version] = made
        return made

    def prepare(self, machine: Machine) -> None:
        """What ``init`` does: trust, secret, something to look at, the agent."""
        public = self._key.with_suffix(".pub").read_text()
        machine.put(allowed_signers({"signer": public}).encode(), "/etc/emotion-edge/allowed_signers")
        machine.put(PASSWORD.encode(), "/etc/credstore/emotion-edge.mqtt-password")
        machine.ssh("sudo chmod -R go= /etc/credstore")
        machine.put((REPOSITORY / "edge/demo/annotated.jpg").read_bytes(), f"{PICTURES}/faces.jpg")
        machine.put(_EMULATED, "/etc/systemd/system/emotion-edge.service.d/50-emulated.conf")
        self.greet(machine)

    def greet(self, machine: Machine) -> None:
        """The agent travels with every push."""
        machine.put(archive(), "/tmp/agent.pyz")

    def upload(self, machine: Machine, release: Release) -> dict[str, Any]:
        """Bring what is missing; returns the plan."""
        machine.put(release.manifest.content, "/tmp/manifest.json")
        machine.put(release.signature_path.read_bytes(), "/tmp/manifest.json.sig")
        plan = machine.agent("plan", "--manifest", "/tmp/manifest.json")
        for blob in plan["missing"]:
            machine.put(self.store.blob(blob["sha256"]).read_bytes()[blob["have_bytes"] :], "/tmp/part")
            size = ["--bytes", str(blob["bytes"]), "--offset", str(blob["have_bytes"])]
            machine.agent("receive", "--sha256", blob["sha256"], *size, "--file", "/tmp/part")
        return plan

    def apply(self, machine: Machine) -> dict[str, Any]:
        """Let the device go on alone with what was uploaded."""
        files = ["--manifest", "/tmp/manifest.json", "--signature", "/tmp/manifest.json.sig"]
        started = machine.agent("apply", *files, "--detach")
        assert started.get("started"), started
        return started

    def push(self, machine: Machine, release: Release) -> dict[str, Any]:
        """All of it; returns the progress as it ended, with the seconds of the upload."""
        started_s = time.monotonic()
        self.upload(machine, release)
        uploaded_s = time.monotonic() - started_s
        self.apply(machine)
        return {**self.ended(machine), "upload_s": round(uploaded_s, 1)}

    def ended(self, machine: Machine) -> dict[str, Any]:
        """The progress once the transaction is over."""
        while True:
            state = machine.agent("progress", "--wait-s", "60")
            if not state.get("running") and state.get("phase") in (
                "good",
                "unchanged",
                "rolled-back",
                "failed",
            ):
                return state
            time.sleep(1)


def qemu_is_here() -> bool:
    """Whether virtual devices can run on this machine."""
    return shutil.which("qemu-system-x86_64") is not None

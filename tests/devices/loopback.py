"""A fleet on this machine: many sshd on loopback ports, each with a host key and a root folder of its own."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/bin:/sbin") or ""
_CONFIG = """
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host_key
PidFile {folder}/sshd.pid
AuthorizedKeysFile {authorized}
StrictModes no
UsePAM no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxStartups 200
MaxSessions 200
UseDNS no
PrintMotd no
Subsystem sftp internal-sftp
SetEnv PATH={folder}/bin:{path} HOME={folder}
"""


@dataclass
class LoopbackDevice:
    """One of them.

    Attributes:
        folder: Its keys and configuration, and its home; ``bin`` in it is first on its PATH.
        root: What it takes for ``/``.
        prefix: What its sshd is begun with.
    """

    name: str
    folder: Path
    port: int
    authorized: Path
    process: subprocess.Popen[bytes] | None = None
    prefix: list[str] = field(default_factory=list)

    @property
    def root(self) -> Path:
        return self.folder / "root"

    def make(self) -> None:
        (self.folder / "bin").mkdir(parents=True)
        self.root.mkdir()
        self.new_host_key()
        config = _CONFIG.format(
            port=self.port, folder=self.folder, authorized=self.authorized, path=os.environ["PATH"]
        )
        (self.folder / "sshd_config").write_text(config)

    def new_host_key(self) -> None:
        for old in self.folder.glob("host_key*"):
            old.unlink()
        keygen(self.folder / "host_key")

    def start(self) -> None:
        Path("/run/sshd").mkdir(exist_ok=True)  # where sshd separates privileges
        log = str(self.folder / "sshd.log")
        command = [SSHD, "-D", "-f", str(self.folder / "sshd_config"), "-E", log]
        self.process = subprocess.Popen([*self.prefix, *command])
        until = time.monotonic() + 30
        while not _answers(self.port):
            assert time.monotonic() < until, (self.folder / "sshd.log").read_text()
            time.sleep(0.02)

    def stop(self) -> None:
        """Take it off the network; its daemon goes on. Connections that ssh keeps open end too."""
        if self.process is not None:
            for child in _children(self.process.pid):
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop_daemon(self) -> None:
        with suppress(OSError, ValueError):
            os.kill(int((self.root / "run/emotion-edge/daemon.pid").read_text()), signal.SIGKILL)

    def program(self, name: str, script: str) -> None:
        """Put a program first on its PATH."""
        path = self.folder / "bin" / name
        path.write_text(script)
        path.chmod(0o755)

    def release(self) -> str | None:
        """Id of the release that it runs."""
        current = self.root / "opt/emotion-edge/current"
        return current.resolve().name if current.is_symlink() else None


@dataclass
class LoopbackFleet:
    """All of them; used as a context."""

    folder: Path
    count: int
    devices: list[LoopbackDevice] = field(default_factory=list)

    def __enter__(self) -> LoopbackFleet:
        self.client_key, self.known_hosts = self.folder / "client_key", self.folder / "known_hosts"
        keygen(self.client_key)
        for number, port in enumerate(_free_ports(self.count), start=1):
            name = f"pi-{number:02d}"
            device = LoopbackDevice(name, self.folder / name, port, self.client_key.with_suffix(".pub"))
            device.make()
            device.start()
            self.devices.append(device)
        return self

    def __exit__(self, *_: object) -> None:
        for device in self.devices:
            device.stop()
            device.stop_daemon()

    def __getitem__(self, index: int) -> LoopbackDevice:
        return self.devices[index]

    def write(
        self,
        path: Path,
        *,
        of_host: dict[str, dict[str, Any]] | None = None,
        rollout: dict[str, Any] | None = None,
        **fields: Any,
    ) -> Path:
        """Write an inventory; the first device is the canary.

        Args:
            path: Where.
            of_host: Fields of single hosts, by name.
            rollout: Beside those that make a test quick.
            fields: Of the whole.
        """
        hosts = [
            self._host(device, canary=number == 0) | (of_host or {}).get(device.name, {})
            for number, device in enumerate(self.devices)
        ]
        quick = {
            "batches": [1, "100%"],
            "soak_s": 0.0,
            "connect_timeout_s": 5,
            "lost_after_s": 5.0,
            "min_free_bytes": 0,
        }
        document = {
            "schema": "fleet/1",
            "known_hosts": str(self.known_hosts),
            "signing_key": str(self.folder / "signing_key"),
            "rollout": {**quick, **(rollout or {})},
            "hosts": hosts,
            **fields,
        }
        path.write_text(yaml.safe_dump(document, sort_keys=False))
        return path

    def _host(self, device: LoopbackDevice, *, canary: bool) -> dict[str, Any]:
        return {
            "name": device.name,
            "address": "127.0.0.1",
            "port": device.port,
            "user": getpass.getuser(),
            "arch": os.uname().machine,
            "canary": canary,
            "ssh_key": str(self.client_key),
            "become": "none",
            "variables": self.variables(device),
        }

    @staticmethod
    def variables(device: LoopbackDevice) -> dict[str, Any]:
        """What makes a folder the device's root."""
        return {"emotion_edge_root": str(device.root), "emotion_edge_supervisor": "process"}


def keygen(path: Path) -> None:
    """Make an Ed25519 key without a passphrase."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _children(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout
    return [int(line) for line in found.split()]

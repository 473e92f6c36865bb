"""A device of its own: boots from the built disk, is reached by ssh, and loses its power on demand."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.device import ConnectionLostError, Ran
from tests.devices.image import USER

#: Where the guest sees this machine.
HOST = "10.0.2.2"
_BOOT_WITHIN_S = 600.0
#: The exit status of ssh itself: a busy host keeps a connection waiting for too long.
_NO_CONNECTION, _CONNECTION_TRIES = 255, 5
_MEMORY_MB = 1024
_PROCESSORS = 2


@dataclass
class Machine:
    """One virtual device.

    Attributes:
        folder: What :mod:`tests.devices.image` built.
        name: Of its own disk, which begins as a copy of the built one.
        port: Of this machine that leads to its sshd.
    """

    folder: Path
    name: str = "device"
    port: int = 2322
    _qemu: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def reset(self) -> None:
        """Take a fresh disk."""
        self._disk.unlink(missing_ok=True)
        base = ["-b", str(self.folder / "disk.img"), "-F", "raw"]
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", *base, str(self._disk)], check=True)

    def boot(self) -> float:
        """Power on; returns the seconds until ssh answers."""
        started_s = time.monotonic()
        self._qemu = subprocess.Popen(self._command(), stdin=subprocess.DEVNULL)
        while self.ssh("true", check=False).returncode != 0:
            if time.monotonic() - started_s > _BOOT_WITHIN_S or self._qemu.poll() is not None:
                raise RuntimeError(f"{self.name} does not boot; see {self._console}")
            time.sleep(1)
        return time.monotonic() - started_s

    def power_cut(self) -> None:
        """No more power, whatever it is doing: what its disk has not got is lost."""
        self.ssh_control("exit")
        if self._qemu is not None:
            self._qemu.send_signal(signal.SIGKILL)
            self._qemu.wait()
            self._qemu = None

    def ssh(
        self, command: str, *, stdin: bytes = b"", check: bool = True
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a shell command on it."""
        done = subprocess.run(
            ["ssh", *self._options, f"{USER}@127.0.0.1", command],
            input=stdin,
            capture_output=True,
            check=False,
        )
        if check and done.returncode != 0:
            said = (done.stdout + done.stderr).decode(errors="replace")
            raise RuntimeError(f"{command}: exit status {done.returncode}: {said[-2000:]}")
        return done

    def run(self, command: Sequence[str], stdin: bytes = b"") -> Ran:
        """As :class:`deploy.device.Device` has it."""
        done = self.ssh("sudo " + shlex.join(command), stdin=stdin, check=False)
        if done.returncode == _NO_CONNECTION:
            raise ConnectionLostError(f"{self.name}: {done.stderr.decode(errors='replace')}")
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode(errors="replace"))

    def says(self, command: str) -> str:
        """What a command prints, whether or not it succeeds."""
        return self.ssh(command, check=False).stdout.decode(errors="replace").strip()

    def put(self, content: bytes, path: str) -> None:
        """Write a file, as root."""
        quoted = shlex.quote(path)
        self.ssh(f"sudo mkdir -p $(dirname {quoted}) && sudo tee {quoted} > /dev/null", stdin=content)

    def agent(self, *words: str) -> dict[str, Any]:
        """One verb of the agent; a refusal comes back as ``error``."""
        command = "sudo python3 /tmp/agent.pyz --owner test@desk " + shlex.join(words)
        for _ in range(_CONNECTION_TRIES):
            done = self.ssh(command, check=False)
            if done.returncode != _NO_CONNECTION:
                break
        if not done.stdout:
            raise RuntimeError(f"{command}: said nothing: {done.stderr.decode(errors='replace')[-2000:]}")
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def ssh_control(self, word: str) -> None:
        """Speak to the shared connection."""
        subprocess.run(
            ["ssh", *self._options, "-O", word, f"{USER}@127.0.0.1"], capture_output=True, check=False
        )

    @property
    def _disk(self) -> Path:
        return self.folder / f"{self.name}.qcow2"

    @property
    def _console(self) -> Path:
        return self.folder / f"{self.name}.console"

    @property
    def _options(self) -> list[str]:
        options = {
            "BatchMode": "yes",
            "ConnectTimeout": "5",
            "ServerAliveInterval": "5",
            "StrictHostKeyChecking": "no",
            "UserKnownHostsFile": os.devnull,
            "LogLevel": "ERROR",
            "ControlMaster": "auto",
            "ControlPersist": "60",
            "ControlPath": str(self.folder / f"{self.name}.ssh"),
        }
        settings = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        return ["-i", str(self.folder / "id_ed25519"), "-p", str(self.port), *settings]

    def _command(self) -> list[str]:
        kernel = ["-kernel", str(self.folder / "vmlinuz"), "-initrd", str(self.folder / "initrd.img")]
        drive = f"file={self._disk},if=virtio,format=qcow2,cache=writeback"
        network = f"user,id=net,hostfwd=tcp:127.0.0.1:{self.port}-:22"
        return [
            # Not KVM: it is absent or unusable on many machines that run tests.
            *("qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max"),
            *("-m", str(_MEMORY_MB), "-smp", str(_PROCESSORS), "-nodefaults", "-display", "none"),
            *("-serial", f"file:{self._console}"),
            *kernel,
            *("-append", "root=/dev/vda rw console=ttyS0 quiet"),
            *("-drive", drive, "-netdev", network, "-device", "virtio-net-pci,netdev=net"),
            *("-device", "virtio-rng-pci"),
        ]

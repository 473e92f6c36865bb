"""Builds the disk of the test device: a Debian with systemd, sshd and Python, and nothing of ours.

``python -m tests.devices.image FOLDER`` (root; debootstrap, qemu-utils, e2fsprogs) takes some minutes, once.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

SUITE = "bookworm"
USER = "edge"
_PACKAGES = (
    *("systemd", "systemd-sysv", "udev", "dbus", "iproute2", "openssh-server", "sudo"),
    *("python3", "ca-certificates", "linux-image-cloud-amd64", "initramfs-tools"),
)
_SIZE_BYTES = 4 * 1024**3
_FILES = {
    "etc/hostname": "test-device\n",
    "etc/hosts": "127.0.0.1 localhost test-device\n",
    "etc/fstab": "/dev/vda / ext4 rw,relatime 0 1\n",
    "etc/systemd/network/80-all.network": "[Match]\nType=ether\n\n[Network]\nDHCP=ipv4\n",
    f"etc/sudoers.d/{USER}": f"{USER} ALL=(ALL) NOPASSWD: ALL\n",
    # Where the packages came from is of no use on the device.
    "etc/apt/sources.list": "",
}
_USELESS = ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale", "usr/share/man")
_MASKED = (
    "systemd-networkd-wait-online.service",
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "fstrim.timer",
)


def build(folder: Path) -> None:
    """Make ``disk.img``, ``vmlinuz``, ``initrd.img`` and the login ``id_ed25519`` in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    key = folder / "id_ed25519"
    if not key.exists():
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test-device", "-f", key)
    tree = folder / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    _run("debootstrap", "--variant=minbase", f"--include={','.join(_PACKAGES)}", SUITE, tree, _mirror())
    _furnish(tree, key.with_suffix(".pub"))
    for kind in ("vmlinuz", "initrd.img"):
        shutil.copy(next((tree / "boot").glob(f"{kind}-*")), folder / kind)
    _make_disk(tree, folder / "disk.img")
    shutil.rmtree(tree)


def _furnish(tree: Path, login: Path) -> None:
    """Network, a user that may become root, and no service that works in the background."""
    for name, text in _FILES.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    (tree / "etc/sudoers.d" / USER).chmod(0o440)
    _run("chroot", tree, "useradd", "--create-home", "--shell", "/bin/bash", USER)
    ssh = tree / "home" / USER / ".ssh"
    ssh.mkdir(mode=0o700)
    shutil.copy(login, ssh / "authorized_keys")
    _run("chroot", tree, "chown", "-R", f"{USER}:{USER}", f"/home/{USER}/.ssh")
    _run("chroot", tree, "systemctl", "enable", "systemd-networkd.service", "ssh.service")
    _run("chroot", tree, "systemctl", "mask", *_MASKED)
    for name in _USELESS:
        shutil.rmtree(tree / name, ignore_errors=True)


def _make_disk(tree: Path, disk: Path) -> None:
    disk.unlink(missing_ok=True)
    with disk.open("wb") as handle:
        handle.truncate(_SIZE_BYTES)
    _run("mkfs.ext4", "-q", "-F", "-d", tree, disk)


def _mirror() -> str:
    """The archive that this machine's own apt uses."""
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return next(line.split()[0] for line in listed.splitlines() if line.endswith(f" {SUITE}"))


def _run(*command: str | Path) -> None:
    subprocess.run([str(word) for word in command], check=True)


if __name__ == "__main__":
    build(Path(sys.argv[1]))

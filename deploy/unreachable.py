"""What ssh's last words mean, and what to do about them."""

from __future__ import annotations

from deploy.device import ConnectionLostError, DeviceError
from edge.errors import EmotionEdgeError

#: (what ssh says, code, what it means and what to do). The first that fits counts.
_REFUSED = (
    (
        "REMOTE HOST IDENTIFICATION HAS CHANGED",
        "host-key-changed",
        "its host key is not the one that is known: another machine answers at this address, or it was set "
        "up anew. Nothing was sent. Compare fingerprints at the device (ssh-keygen -lf "
        "/etc/ssh/ssh_host_ed25519_key.pub); if it is right, forget the old key (ssh-keygen -R) and run init",
    ),
    (
        "Host key verification failed",
        "host-key-unknown",
        "its host key is not known yet; run init for it, which shows the fingerprint",
    ),
    (
        "Permission denied",
        "wrong-key",
        "it does not accept this ssh key or user; check user and ssh_key in the inventory, or install the "
        "key with ssh-copy-id",
    ),
    (
        "Too many authentication failures",
        "wrong-key",
        "it has refused every key that was offered; set ssh_key in the inventory",
    ),
    (
        "bad permissions",
        "wrong-key",
        "ssh ignores the private key since others may read it; chmod 600 it",
    ),
)
#: What ssh adds when its way through a jump host has ended; the reason stands before.
_BY_JUMP_HOST = "by UNKNOWN port"
_UNKNOWN_JUMP_HOST = (
    "the jump host's key is not known, or has changed; connect to the jump host once with ssh, compare its "
    "fingerprint there, and try again"
)
_NO_ROOT = ("sudo:", "sudo password", "is not in the sudoers", "su: ", "doas: ", "become password")


def connection_error(said: str) -> EmotionEdgeError:
    """The error for what a failed connection printed: refused for good, or not there now."""
    if _BY_JUMP_HOST in said and "Host key verification failed" in said:
        return DeviceError("jump-host", _UNKNOWN_JUMP_HOST)
    for words, code, meaning in _REFUSED:
        if words in said:
            return DeviceError(code, meaning)
    lines = [line for line in said.strip().splitlines() if line.strip() and _BY_JUMP_HOST not in line]
    return ConnectionLostError(f"offline: {lines[-1].strip() if lines else 'no answer'}")


def no_root(said: str) -> DeviceError | None:
    """The error where a command failed since the ssh user could not become root; else None."""
    if not any(words in said.lower() for words in _NO_ROOT):
        return None
    return DeviceError(
        "no-root",
        f"the ssh user cannot become root: {said.strip().splitlines()[-1]}; allow it sudo without a password "
        "(Raspberry Pi OS does by default), or correct become in the inventory",
    )

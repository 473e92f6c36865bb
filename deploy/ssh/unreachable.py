"""What ssh's last words mean, and what to do about them."""

from __future__ import annotations

import re

from deploy.device import OTHER_AGENT, ConnectionLostError, DeviceError, Ran, last_object
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
_DENIED = tuple(words for words, code, _ in _REFUSED if code == "wrong-key")
#: What ssh adds when its way through a jump host has ended; the reason stands before.
_BY_JUMP_HOST = "by UNKNOWN port"
_CLOSED = (_BY_JUMP_HOST, "stdio forwarding failed")
_UNKNOWN_JUMP_HOST = (
    "the jump host's key is not known, or has changed; connect to the jump host once with ssh, compare its "
    "fingerprint there, and try again"
)
_REFUSED_BY_JUMP_HOST = (
    "the jump host does not accept the ssh key or user; ssh_key and user are for the device alone: set those "
    "of the jump host in jump_host (user@host) and in ssh's configuration, or install a key with ssh-copy-id"
)
#: How sudo, su and Ansible say no; whatever else sudo says (of host names, of ttys) comes with any command.
_NO_ROOT = re.compile(
    r"password is required|incorrect password|(sudo|su|become) password|privilege escalation"
    r"|not in the sudoers|may not run|is not allowed to|a terminal is required|you must have a tty"
    r"|no tty present|must be run from a terminal|authentication failure|\bsu: permission denied"
    r"|\b(sudo|su): (command )?not found|no valid sudoers|setuid|no new privileges|effective uid is not 0",
    re.IGNORECASE,
)


def connection_error(said: str) -> EmotionEdgeError:
    """The error for what a failed connection printed: refused for good, or not there now."""
    if _BY_JUMP_HOST in said and "Host key verification failed" in said:
        return DeviceError("jump-host", _UNKNOWN_JUMP_HOST)
    if _BY_JUMP_HOST in said and any(words in said for words in _DENIED):
        return DeviceError("jump-host", _REFUSED_BY_JUMP_HOST)
    for words, code, meaning in _REFUSED:
        if words in said:
            return DeviceError(code, meaning)
    lines = [line for line in said.strip().splitlines() if line.strip()]
    lines = [line for line in lines if not any(words in line for words in _CLOSED)]
    return ConnectionLostError(f"offline: {lines[-1].strip() if lines else 'no answer'}")


def no_root(said: str) -> DeviceError | None:
    """The error where a command failed since the ssh user could not become root; else None."""
    lines = [line.strip() for line in said.splitlines() if _NO_ROOT.search(line)]
    if not lines:
        return None
    return DeviceError(
        "no-root",
        f"the ssh user cannot become root: {lines[-1]}; allow it sudo without a password "
        "(Raspberry Pi OS does by default), or correct become in the inventory",
    )


def refused_root(ran: Ran, said_by_ansible: str = "") -> DeviceError | None:
    """The error where a command did not run since the ssh user could not become root; None where it ran.

    Sudo warns of many things on the stderr of commands that it runs well: an answer on stdout shows that
    it has.
    """
    if ran.status in (0, OTHER_AGENT) or last_object(ran.stdout) is not None:
        return None
    return no_root(f"{ran.stderr}\n{said_by_ansible}")

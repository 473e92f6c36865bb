"""Whose releases a device takes: the keys of its ``allowed_signers``; none goes unless that is asked for."""

from __future__ import annotations

import base64
import binascii
import hashlib
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from deploy.device import Agent, DeviceError
from deploy.journal import Tell

#: What becomes of keys of others that are there already.
Others = Literal["refuse", "keep", "replace"]
_READ = 'test ! -e "$1" || cat "$1"'
_WRITE = (
    'mkdir -p -m 755 "${1%/*}" && cat > "$1.new" && chmod 644 "$1.new" && sync && mv "$1.new" "$1" && sync'
)


def trust(agent: Agent, signers: str, others: Others, tell: Tell) -> dict[str, Any]:
    """Let a device take releases that are signed with our key.

    Args:
        agent: Of the device; it need not be there yet.
        signers: Our lines, as ``ssh-keygen -Y verify`` takes them.
        others: What becomes of other keys.
        tell: Writes to the journal.

    Raises:
        DeviceError: ``other-signers``: it takes the releases of others, and nobody said what is to become of
            that. Or the file cannot be read or written.
    """
    tell("init")
    there = _done(agent, _READ)
    wanted = merged(there, signers, others)
    if wanted != there:
        _done(agent, _WRITE, wanted.encode())
    return {"changed": wanted != there}


def merged(there: str, ours: str, others: Others) -> str:
    """The file as it shall be (pure).

    Raises:
        DeviceError: ``other-signers``.
    """
    known = _keys(there)
    if not known or others == "replace":
        return ours.rstrip("\n") + "\n"
    lacking = [line for line in ours.splitlines() if _key(line) not in (None, *known)]
    if not lacking:
        return there
    if others == "keep":
        return "\n".join([*there.rstrip("\n").splitlines(), *lacking]) + "\n"
    raise DeviceError(
        "other-signers",
        f"it takes the releases of others, and not yours: {', '.join(known.values())}; ask them, then run "
        "init with --add-signer (it takes yours too) or --replace-signers (it takes theirs no more)",
    )


def _done(agent: Agent, script: str, stdin: bytes = b"") -> str:
    file = str(Path(agent.root) / "etc/emotion-edge/allowed_signers")
    ran = agent.device.run(["sh", "-c", script, "-", file], stdin)
    if ran.status != 0:
        last = (ran.stderr.strip() or f"exit {ran.status}").splitlines()[-1]
        raise DeviceError("read-only", f"{file}: {last}; is the disk writable?")
    return ran.stdout


def _keys(text: str) -> dict[str, str]:
    """Each key to the words by which people know it."""
    return {key: _shown(key, line) for line in text.splitlines() if (key := _key(line)) is not None}


def _key(line: str) -> str | None:
    """The key itself: it follows its type, before which options may stand; None where there is none."""
    words = [] if line.lstrip().startswith("#") else line.split()
    kinds = ("ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-")
    return next((key for kind, key in pairwise(words) if kind.startswith(kinds)), None)


def _shown(key: str, line: str) -> str:
    """Name of the signer, fingerprint as ``ssh-keygen -l`` shows it, and the key's comment."""
    name = line.split(maxsplit=1)[0]
    try:
        digest = hashlib.sha256(base64.b64decode(key)).digest()
    except binascii.Error:
        return name
    comment = line.partition(key)[2].strip()
    said = f"{name} SHA256:{base64.b64encode(digest).decode().rstrip('=')}"
    return f"{said} ({comment})" if comment else said

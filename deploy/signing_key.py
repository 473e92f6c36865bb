"""The Ed25519 key that releases are signed with, and how devices are told to trust it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from edge.errors import EmotionEdgeError

NAMESPACE = "emotion-edge-release"
PRINCIPAL = "emotion-edge"


def ensure(key: Path) -> bool:
    """Make a key if there is none.

    Returns:
        Whether it is new.
    """
    if key.exists():
        return False
    key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", PRINCIPAL, "-f", str(key)],
        **{"capture_output": True, "text": True, "check": False},
    )
    if made.returncode != 0:
        raise EmotionEdgeError(f"{key}: the signing key cannot be made: {made.stderr.strip()}")
    return True


def allowed_signers(key: Path) -> str:
    """The line of ``/etc/emotion-edge/allowed_signers`` that trusts a key for releases and nothing else.

    Raises:
        EmotionEdgeError: There is no public key beside it.
    """
    public = key.with_name(key.name + ".pub")
    try:
        kind, content = public.read_text(encoding="utf-8").split()[:2]
    except (OSError, ValueError) as err:
        raise EmotionEdgeError(f"{public}: no public key: {err}; ssh-keygen -y -f {key} > {public}") from err
    return f'{PRINCIPAL} namespaces="{NAMESPACE}" {kind} {content}\n'

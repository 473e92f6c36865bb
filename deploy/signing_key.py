"""The Ed25519 key that releases are signed with, and how devices are told to trust it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from deploy.release.sign import allowed_signers
from edge.errors import EmotionEdgeError

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
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        raise EmotionEdgeError(f"{key}: the signing key cannot be made: {made.stderr.strip()}")
    return True


def trusted(key: Path) -> str:
    """The file ``allowed_signers`` that trusts a key for releases and nothing else.

    Raises:
        EmotionEdgeError: There is no public key beside it.
    """
    # Of a key that an ssh agent holds, the public half is all that is given.
    public = key if key.suffix == ".pub" else key.with_name(key.name + ".pub")
    try:
        return allowed_signers({PRINCIPAL: public.read_text(encoding="utf-8")})
    except OSError as err:
        raise EmotionEdgeError(
            f"{public}: no public key: {err.strerror}; ssh-keygen -y -f {key} > {public}"
        ) from err

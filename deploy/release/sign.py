"""Ed25519 signatures by ``ssh-keygen -Y sign``: operators have such keys, devices the program to verify."""

from __future__ import annotations

import subprocess
from pathlib import Path

from deploy.agent.signature import NAMESPACE
from deploy.release.store import Release
from edge.errors import EmotionEdgeError


def sign(release: Release, key: Path) -> None:
    """Sign a release's manifest, and put both into the store.

    Args:
        release: What to sign.
        key: The private key; or the public one, where an ssh agent holds the private one.

    Raises:
        EmotionEdgeError: ssh-keygen does not sign: the key is missing, or its passphrase not given.
    """
    command = ["ssh-keygen", "-Y", "sign", "-q", "-n", NAMESPACE, "-f", str(key.expanduser())]
    try:
        done = subprocess.run(command, input=release.manifest.content, capture_output=True, check=False)
    except FileNotFoundError as err:
        raise EmotionEdgeError("ssh-keygen is not installed; install openssh-client") from err
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise EmotionEdgeError(f"{key}: cannot sign: {said}; make a key with: ssh-keygen -t ed25519 -f {key}")
    release.publish(done.stdout)


def allowed_signers(public_keys: dict[str, str]) -> str:
    """The file of the keys that a device trusts.

    Args:
        public_keys: Name of the signer to the line of its ``.pub`` file.
    """
    lines = [f'{name} namespaces="{NAMESPACE}" {key.strip()}' for name, key in sorted(public_keys.items())]
    return "\n".join(lines) + "\n"

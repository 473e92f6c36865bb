"""Who made a release: Ed25519 by ``ssh-keygen -Y verify``, which every device with sshd has."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from deploy.agent.refusal import RefusedError

NAMESPACE = "emotion-edge-release"


def verify(content: bytes, signature: Path, allowed_signers: Path) -> str:
    """The name of the signer.

    Raises:
        RefusedError: ``unsigned``, ``unknown-signer`` or ``bad-signature``.
    """
    if not allowed_signers.is_file():
        raise RefusedError(
            "unknown-signer", "this device trusts no key yet", str(allowed_signers), "run init for the device"
        )
    if not signature.is_file():
        raise RefusedError(
            "unsigned", "there is no signature", str(signature), "sign the release and push again"
        )
    trusted = ["-s", str(signature), "-f", str(allowed_signers)]
    found = _ssh_keygen(["find-principals", *trusted], b"")
    if found.returncode != 0:
        raise RefusedError(
            "unknown-signer",
            "it is signed by a key that this device does not trust, or is no signature",
            str(signature),
            f"sign with a key of {allowed_signers}, or let the device trust yours: init --add-signer",
        )
    signer = found.stdout.decode().splitlines()[0]
    checked = _ssh_keygen(["verify", *trusted, "-I", signer, "-n", NAMESPACE], content)
    if checked.returncode != 0:
        raise RefusedError(
            "bad-signature",
            "the manifest is not what was signed",
            str(signature),
            "build and sign the release again",
        )
    return signer


def doubts(content: bytes, armored: bytes, allowed_signers: Path) -> list[RefusedError]:
    """What :func:`verify` would refuse, for a signature that is no file yet; empty where it is good."""
    with tempfile.NamedTemporaryFile() as file:  # ssh-keygen takes nothing else
        file.write(armored)
        file.flush()
        try:
            verify(content, Path(file.name), allowed_signers)
        except RefusedError as err:
            where = "signature" if err.where == file.name else err.where
            return [RefusedError(err.code, err.what, where, err.do)]
    return []


def _ssh_keygen(arguments: list[str], content: bytes) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["ssh-keygen", "-Y", *arguments], input=content, capture_output=True, check=False
        )
    except FileNotFoundError as err:
        raise RefusedError(
            "no-ssh-keygen", "ssh-keygen is not installed", "PATH", "install openssh-client"
        ) from err

"""An authority and one certificate for 127.0.0.1, made by openssl for a test."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Certificates:
    """PEM files; the one certificate serves the broker and the device."""

    ca: Path
    server: Path
    key: Path
    expired: Path


def make_certificates(folder: Path) -> Certificates:
    """Valid for a day, save one that has expired; skips the test where openssl is absent."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: apt install openssl")
    made = Certificates(*(folder / name for name in ("ca.pem", "server.pem", "server.key", "expired.pem")))
    key_type = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
    _openssl(
        *["req", "-x509", *key_type, "-keyout", f"{folder}/ca.key", "-out", f"{made.ca}"],
        *["-subj", "/CN=test authority", "-addext", "keyUsage=critical,keyCertSign"],
    )
    _openssl(
        *["req", "-x509", *key_type, "-keyout", f"{made.key}", "-out", f"{made.server}"],
        *["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        *["-addext", "basicConstraints=critical,CA:false", "-CA", f"{made.ca}", "-CAkey", f"{folder}/ca.key"],
    )
    _openssl(
        *["req", "-new", "-key", f"{made.key}", "-subj", "/CN=old", "-out", f"{folder}/old.csr"],
    )
    _openssl(
        *["x509", "-req", "-in", f"{folder}/old.csr", "-days", "-1", "-out", f"{made.expired}"],
        *["-CA", f"{made.ca}", "-CAkey", f"{folder}/ca.key", "-CAcreateserial"],
    )
    for path in folder.iterdir():
        path.chmod(0o644)
    return made


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)

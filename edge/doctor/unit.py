"""What the installed unit gives the daemon and a shell does not have: whoever asks here, asks for it."""

from __future__ import annotations

import getpass
import os
from collections.abc import MutableMapping
from pathlib import Path

from edge.doctor.finding import Finding, ok, warn

UNIT = Path("/etc/systemd/system/emotion-edge.service")
#: As systemd sets them for this unit, by its StateDirectory, RuntimeDirectory and LoadCredential.
_GIVEN = {
    "STATE_DIRECTORY": "/var/lib/emotion-edge",
    "RUNTIME_DIRECTORY": "/run/emotion-edge",
    "CREDENTIALS_DIRECTORY": "/run/credentials/emotion-edge.service",
}


def adopt_environment(unit: Path = UNIT, environment: MutableMapping[str, str] = os.environ) -> None:
    """Look for outbox, health record and passwords where the daemon has them, if it runs under systemd."""
    if unit.is_file():
        for name, folder in _GIVEN.items():
            environment.setdefault(name, folder)


def examine_user(name: str, unit: Path = UNIT) -> Finding:
    """What is examined for one user says little of another."""
    text = unit.read_text(encoding="utf-8") if unit.is_file() else ""
    of_unit = next((line[5:] for line in text.splitlines() if line.startswith("User=")), name)
    if of_unit == name:
        return ok("user", name)
    advice = f"run: sudo -u {of_unit} emotion-edge doctor"
    return warn("user", f"{name}, but the daemon runs as {of_unit}: permissions may differ", advice)


def user_name() -> str:
    """Whose permissions count here."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return str(os.getuid())

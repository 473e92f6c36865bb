"""Where the fleet's files are on this machine, by the XDG base directory specification."""

from __future__ import annotations

import os
from pathlib import Path


def releases() -> Path:
    """Built releases and their blobs."""
    return _base("XDG_DATA_HOME", ".local/share") / "releases"


def runs() -> Path:
    """Records of what was pushed, one folder a run."""
    return _base("XDG_STATE_HOME", ".local/state") / "runs"


def signing_key() -> Path:
    """The key that signs releases."""
    return _base("XDG_CONFIG_HOME", ".config") / "signing_key"


def _base(variable: str, fallback: str) -> Path:
    return Path(os.environ.get(variable) or Path.home() / fallback) / "emotion-edge"

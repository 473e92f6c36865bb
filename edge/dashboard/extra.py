"""Whether the extra that the dashboard runs on is there."""

from __future__ import annotations

import importlib.util


def installed() -> bool:
    """Whether the extra ``dashboard`` is installed; NiceGUI itself is not imported, it takes a second."""
    return importlib.util.find_spec("nicegui") is not None

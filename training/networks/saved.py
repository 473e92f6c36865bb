"""Reading a ``model.keras`` that an earlier run has left."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from edge.errors import ModelError
from training import quiet


def load(path: Path, purpose: str, advice: str) -> Any:
    """The network, uncompiled.

    Args:
        path: A ``.keras`` file.
        purpose: What it is read for, as "a teacher".
        advice: What to do where it cannot be read.
    Raises:
        ModelError: It cannot be read.
    """
    quiet.import_keras()
    import keras  # noqa: PLC0415 - only who reads a network waits for it

    try:
        return keras.saving.load_model(path, compile=False)
    except (OSError, ValueError, TypeError, KeyError) as err:
        raise ModelError(f"{path}: cannot be read as {purpose}: {err}; {advice}") from err


def labels_beside(model: Path) -> list[str] | None:
    """The classes of a ``model.keras``, as ``metrics.json`` beside it names them; None where none does."""
    try:
        return list(json.loads((model.parent / "metrics.json").read_text(encoding="utf-8"))["labels"])
    except (OSError, ValueError, KeyError, TypeError):
        return None

"""The state of a run on disk: always the last whole epoch, whatever the moment of an interruption.

A checkpoint is one ``.keras`` file (weights, optimizer with its moving average, random
states) and the history beside it, each replaced in one step.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

import keras

from edge.errors import ContractError

History = list[dict[str, float]]
_CHECKPOINT, _HISTORY = "checkpoint.keras", "history.csv"


def save(folder: Path, model: Any, history: History) -> None:
    """Write the model, then the history; a kill between the two is noticed by :func:`restore`."""
    partial = folder / f"writing.{_CHECKPOINT}"
    model.save(partial)
    _replace(partial, folder / _CHECKPOINT)
    partial = folder / f"writing.{_HISTORY}"
    with partial.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(history[0]))
        writer.writeheader()
        writer.writerows(history)
    _replace(partial, folder / _HISTORY)


def restore(folder: Path) -> tuple[Any, History]:
    """The compiled model and its history.

    Raises:
        ContractError: There is no checkpoint in the folder, or it cannot be read.
    """
    path = folder / _CHECKPOINT
    if not path.is_file():
        raise ContractError(f"{folder}: nothing to resume ({_CHECKPOINT} is missing); start without --resume")
    try:
        model = keras.saving.load_model(path)
    except (OSError, ValueError, TypeError) as err:
        raise ContractError(f"{path}: the checkpoint cannot be read: {err}; start again without --resume") from err
    return model, _read_history(folder / _HISTORY)


def exists(folder: Path) -> bool:
    """Whether a run has left a checkpoint in the folder."""
    return (folder / _CHECKPOINT).is_file()


def _read_history(path: Path) -> History:
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as handle:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(handle)]


def _replace(partial: Path, final: Path) -> None:
    with partial.open("rb") as handle:
        os.fsync(handle.fileno())
    os.replace(partial, final)

"""The state of a run on disk: always the last whole epoch, whatever the moment of an interruption.

A checkpoint is one ``.keras`` file (weights, optimizer with its moving average) and the history
beside it, each replaced in one step.
"""

from __future__ import annotations

import csv
import os
import zipfile
from pathlib import Path
from typing import Any

from edge.errors import ContractError

History = list[dict[str, float]]
_CHECKPOINT, _HISTORY = "checkpoint.keras", "history.csv"


def save(folder: Path, model: Any, history: History) -> None:
    """Write the history, then the model.

    The model says how far the run is. After a kill between the two the history is one epoch
    ahead, which :func:`training.fit.fit` cuts off; the other way round an epoch would be lost.
    """
    partial = folder / f"writing.{_HISTORY}"
    with partial.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(history[0]))
        writer.writeheader()
        writer.writerows(history)
    _replace(partial, folder / _HISTORY)
    partial = folder / f"writing.{_CHECKPOINT}"
    model.save(partial)
    _replace(partial, path(folder))


def restore(folder: Path, model: Any) -> History:
    """Load the last checkpoint into a compiled model of the same recipe, its optimizer included.

    The model is built anew from the recipe and not from the file, because Keras does not store
    everything that shapes a step: the variables without weight decay are one example.

    Raises:
        ContractError: There is no checkpoint in the folder, or it does not fit.
    """
    if not exists(folder):
        raise ContractError(f"{folder}: nothing to resume ({_CHECKPOINT} is missing); start without --resume")
    model.optimizer.build(model.trainable_variables)
    try:
        model.load_weights(path(folder))
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as err:
        raise ContractError(
            f"{path(folder)}: damaged, or of another network: {err}; start a new run elsewhere"
        ) from err
    return _read_history(folder / _HISTORY)


def exists(folder: Path) -> bool:
    """Whether a run has left a checkpoint in the folder."""
    return path(folder).is_file()


def path(folder: Path) -> Path:
    """Where the checkpoint of a run lies."""
    return folder / _CHECKPOINT


def _read_history(file: Path) -> History:
    if not file.is_file():
        return []
    with file.open(newline="", encoding="utf-8") as handle:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(handle)]


def _replace(partial: Path, final: Path) -> None:
    with partial.open("rb") as handle:
        os.fsync(handle.fileno())
    partial.replace(final)

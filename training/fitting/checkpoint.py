"""The state of a run on disk: always the last whole epoch, whatever the moment of an interruption.

A checkpoint is one ``.keras`` file (weights, optimizer with its moving average) and the history
beside it, each replaced in one step.
"""

from __future__ import annotations

import csv
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edge.errors import ContractError, EmotionEdgeError

History = list[dict[str, float]]
_CHECKPOINT, _HISTORY = "checkpoint.keras", "history.csv"


def save(folder: Path, model: Any, history: History) -> None:
    """Write the history, then the model.

    The model says how far the run is. After a kill between the two the history is one epoch
    ahead, which :func:`training.fitting.fit.fit` cuts off; the other way round an epoch would be lost.

    Raises:
        EmotionEdgeError: They cannot be written (the disk is full, say); what was there before stays.
    """
    before = path(folder) if exists(folder) else None
    try:
        with _replacing(folder / _HISTORY) as partial:
            _write_history(partial, history)
        with _replacing(path(folder)) as partial:
            model.save(partial)
    except (OSError, RuntimeError) as err:  # HDF5 has its own RuntimeError for a full disk
        kept = (
            f"that of an epoch before, {before}, is whole" if before else "there is none of an epoch before"
        )
        raise EmotionEdgeError(
            f"{folder}: the checkpoint cannot be written: {err}; {kept}. Make room and go on with --resume"
        ) from err


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


def _write_history(file: Path, history: History) -> None:
    with file.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(history[0]))
        writer.writeheader()
        writer.writerows(history)


@contextmanager
def _replacing(final: Path) -> Iterator[Path]:
    """A file beside ``final`` that takes its place in one step, or leaves nothing behind."""
    partial = final.with_name(f"writing.{final.name}")
    try:
        yield partial
        with partial.open("rb") as handle:
            os.fsync(handle.fileno())
        partial.replace(final)
    finally:
        partial.unlink(missing_ok=True)

"""How far a run is: a bar on a terminal, plain lines in a log."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

LINE_EVERY_S = 30.0


class Progress(Protocol):
    """Told by the training loop what it has done."""

    def batch_done(self, epoch: int, batch: int, batches: int, loss: float) -> None:
        """``epoch`` counts from 0, ``batch`` from 1; ``loss`` is the epoch's mean so far."""

    def epoch_done(self, record: Mapping[str, float]) -> None:
        """The record that goes into the history."""


class Lines:
    """One line an epoch, and one every half minute within it."""

    def __init__(self, epochs: int, say: Callable[[str], None], clock: Callable[[], float]) -> None:
        self._epochs, self._say, self._clock = epochs, say, clock
        self._said_s = clock()
        self._minutes: list[float] = []

    def batch_done(self, epoch: int, batch: int, batches: int, loss: float) -> None:
        if self._clock() - self._said_s >= LINE_EVERY_S:
            self._said_s = self._clock()
            self._say(f"epoch {epoch + 1}/{self._epochs}  batch {batch}/{batches}  loss {loss:.4f}")

    def epoch_done(self, record: Mapping[str, float]) -> None:
        self._said_s = self._clock()
        self._minutes.append(record["minutes"])
        left = (self._epochs - record["epoch"]) * sum(self._minutes) / len(self._minutes)
        self._say(f"{epoch_line(record, self._epochs)}  {left:.0f} min left")


class Bar:
    """A bar over the whole run with the time that is left; each finished epoch stays above it as a line."""

    def __init__(self, epochs: int, bars: Bars, task: TaskID) -> None:
        self._epochs, self._bars, self._task = epochs, bars, task
        self._held_out = ""

    def batch_done(self, epoch: int, batch: int, batches: int, loss: float) -> None:
        said = f"epoch {epoch + 1}/{self._epochs}  batch {batch}/{batches}  loss {loss:.3f}{self._held_out}"
        self._bars.update(
            self._task, total=self._epochs * batches, completed=epoch * batches + batch, description=said
        )

    def epoch_done(self, record: Mapping[str, float]) -> None:
        if "held_out_accuracy" in record:
            self._held_out = f"  held-out {record['held_out_accuracy']:.1%}"
        if "held_out_ap" in record:
            self._held_out = f"  held-out {record['held_out_ap']:.3f}"
        self._bars.console.print(epoch_line(record, self._epochs), highlight=False, soft_wrap=True)


def epoch_line(record: Mapping[str, float], epochs: int) -> str:
    """One finished epoch in words."""
    said = f"epoch {record['epoch']:.0f}/{epochs}  loss {record['loss']:.3f}"
    if "accuracy" in record:
        said += f"  accuracy {record['accuracy']:.1%}"
    if "held_out_ap" in record:
        said += f"  held-out average precision {record['held_out_ap']:.3f}"
    if "held_out_accuracy" in record:
        said += f"  held-out loss {record['held_out_loss']:.3f}  accuracy {record['held_out_accuracy']:.1%}"
    return f"{said}  {record['minutes']:.1f} min"


@contextmanager
def shown(epochs: int, console: Console) -> Iterator[Progress]:
    """The progress of a run of so many epochs, as the console can show it."""
    if not console.is_terminal:
        yield Lines(epochs, lambda line: console.print(line, highlight=False, soft_wrap=True), time.monotonic)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    # A short window would forget the time that held-out faces and checkpoints take.
    with Bars(*columns, console=console, speed_estimate_period=600) as bars:
        yield Bar(epochs, bars, bars.add_task("starting", total=None))

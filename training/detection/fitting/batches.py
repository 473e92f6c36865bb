"""Batches of views with their targets, made in the background while the network computes."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from training.detection.fitting.cells import CellTargets, Targets
from training.detection.fitting.composing import Composer
from training.detection.fitting.degrading import degraded
from training.detection.fitting.recipe import DetectorRecipe
from training.detection.fitting.teacher import Teacher

#: (B, S, S, 3) uint8 BGR, and (B, A, 5) targets; (B, A, 10) with a teacher's opinion behind them.
Batch = tuple[npt.NDArray[np.uint8], Targets]

_AHEAD = 4


@dataclass(frozen=True)
class Lessons:
    """What batches are made from; a batch is a function of (seed, step), the mistakes and the teacher alone.

    Attributes:
        composer: Draws the views.
        cells: Says what each cell of a view should say.
        recipe: How many views, and what is done to them.
        teacher: Says what it thinks of each cell, where there is one.
    """

    composer: Composer
    cells: CellTargets
    recipe: DetectorRecipe
    teacher: Teacher | None = None

    def batch(self, step: int) -> Batch:
        """The batch of one step."""
        rng = np.random.default_rng((self.recipe.seed, step))
        size = self.recipe.views.size_px
        images = np.empty((self.recipe.batch, size, size, 3), dtype=np.uint8)
        targets = []
        for row in range(self.recipe.batch):
            drawn = self.composer.draw(rng)
            view = degraded(drawn, self.recipe.degradation, rng)
            images[row] = view.image
            wanted = self.cells.of(view.faces, view.ignored)
            if self.teacher is not None:
                # It looks at the view before light, blur and covers: what it knows holds for them too.
                wanted = np.concatenate([wanted, self.teacher.of(drawn.image)], axis=1)
            targets.append(wanted)
        return images, np.stack(targets)

    def first_views(self, batches: int) -> npt.NDArray[np.uint8]:
        """The views of the first batches, (batches * B, S, S, 3)."""
        return np.concatenate([replace(self, teacher=None).batch(step)[0] for step in range(batches)])


@contextmanager
def in_background(lessons: Lessons, steps: range) -> Iterator[Iterator[Batch]]:
    """The batches of ``steps`` in order, made ahead by one thread (OpenCV releases the interpreter).

    A fault while making one is raised where it is taken.
    """
    made: queue.Queue[Batch | Exception] = queue.Queue(_AHEAD)
    stop = threading.Event()

    def work() -> None:
        for step in steps:
            try:
                item: Batch | Exception = lessons.batch(step)
            except Exception as err:  # handed over, not handled
                item = err
            while not stop.is_set():
                try:
                    made.put(item, timeout=0.2)
                    break
                except queue.Full:
                    continue
            if stop.is_set() or isinstance(item, Exception):
                return

    def taken() -> Iterator[Batch]:
        for _ in steps:
            item = made.get()
            if isinstance(item, Exception):
                raise item
            yield item

    worker = threading.Thread(target=work, name="views", daemon=True)
    worker.start()
    try:
        yield taken()
    finally:
        stop.set()
        worker.join()

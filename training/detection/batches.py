"""Batches of views with their targets, made in the background while the network computes."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt

from training.detection.cells import CellTargets, Targets
from training.detection.composing import Composer
from training.detection.degrading import degraded
from training.detection.recipe import DetectorRecipe

#: (B, S, S, 3) uint8 BGR, and (B, A, 5) targets.
Batch = tuple[npt.NDArray[np.uint8], Targets]

_AHEAD = 4


def make(composer: Composer, cells: CellTargets, recipe: DetectorRecipe, step: int) -> Batch:
    """The batch of one step: a function of (seed, step) and the composer's mistakes alone."""
    rng = np.random.default_rng((recipe.seed, step))
    size = recipe.views.size_px
    images = np.empty((recipe.batch, size, size, 3), dtype=np.uint8)
    targets = []
    for row in range(recipe.batch):
        view = degraded(composer.draw(rng), recipe.degradation, rng)
        images[row] = view.image
        targets.append(cells.of(view.faces, view.ignored))
    return images, np.stack(targets)


@contextmanager
def in_background(
    composer: Composer, cells: CellTargets, recipe: DetectorRecipe, steps: range
) -> Iterator[Iterator[Batch]]:
    """The batches of ``steps`` in order, made ahead by one thread (OpenCV releases the interpreter).

    A fault while making one is raised where it is taken.
    """
    made: queue.Queue[Batch | Exception] = queue.Queue(_AHEAD)
    stop = threading.Event()

    def work() -> None:
        for step in steps:
            try:
                item: Batch | Exception = make(composer, cells, recipe, step)
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

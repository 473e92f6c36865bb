"""Where a source puts its pictures: on the heap, or straight into a shared-memory slot."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from edge.datatypes import BgrImage


class Landing(Protocol):
    """Gives room for the next picture and hears that the camera lives."""

    def canvas(self, height: int, width: int) -> BgrImage:
        """(height, width, 3) uint8 to decode into; used for one picture at most."""

    def beat(self) -> None:
        """The source gets on, whether or not a frame is wanted: breaks a silence, is no frame."""


class Heap:
    """New memory for each picture, for whoever reads a source in its own process."""

    def canvas(self, height: int, width: int) -> BgrImage:
        return np.empty((height, width, 3), np.uint8)

    def beat(self) -> None:
        """Nobody watches."""

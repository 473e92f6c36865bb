"""Which cells of the network should find which face: the targets of one view."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edge.detectors.decode import cell_centres
from training.detection.photos import Boxes

#: Pixels of the picture from one cell to the next, level by level.
STRIDES = (8, 16, 32)
#: For each level the longer sides, in pixels of the view, that it finds. Neighbours overlap:
#: a face there trains both, so that no size falls between two levels.
SIZES_PX = ((0.0, 44.0), (34.0, 104.0), (80.0, float("inf")))
#: A level's cells in a face just outside its sizes, by up to this factor, are left alone.
_NEAR = 1.6
#: Faces whose longer side is below this are neither face nor background.
SMALLEST_PX = 8.0
#: Columns of the targets: what a cell is, then x1, y1, x2, y2 of its face in pixels of the view.
BACKGROUND, FACE, IGNORED = 0.0, 1.0, -1.0

Targets = npt.NDArray[np.float32]


class CellTargets:
    """Targets of views of one size."""

    def __init__(self, size_px: int) -> None:
        self._centres, self._strides = cell_centres(size_px, size_px, STRIDES)
        bounds = dict(zip(STRIDES, SIZES_PX, strict=True))
        low, high = np.array([bounds[int(stride)] for stride in self._strides], dtype=np.float32).T
        self._low, self._high = low, high

    def of(self, faces: Boxes, ignored: Boxes) -> Targets:
        """What each cell should say.

        A face belongs to the cells round its centre: two by two, and three by three of those
        that lie in it. Where faces compete, the smaller wins.

        Args:
            faces: (N, 4) boxes in pixels of the view.
            ignored: (M, 4) boxes of what is neither face nor background.
        Returns:
            (A, 5) float32: BACKGROUND, FACE or IGNORED, and the box of the face.
        """
        targets = np.zeros((len(self._centres), 5), dtype=np.float32)
        targets[self._inside(ignored).any(axis=0), 0] = IGNORED
        if not len(faces):
            return targets
        inside = self._inside(faces)
        sides = (faces[:, 2:] - faces[:, :2]).max(axis=1)[:, None]
        centres = (faces[:, None, :2] + faces[:, None, 2:]) / 2
        away = (np.abs(self._centres - centres) / self._strides[:, None]).max(axis=2)
        tiny = (sides < SMALLEST_PX) & (inside | (away <= 0.5))
        near = inside & (sides >= self._low / _NEAR) & (sides <= self._high * _NEAR)
        targets[(tiny | near).any(axis=0), 0] = IGNORED
        wanted = (sides >= SMALLEST_PX) & (sides >= self._low) & (sides <= self._high)
        own = wanted & ((away <= 1.0) | (inside & (away <= 1.5)))
        taken = own.any(axis=0)
        targets[taken, 0] = FACE
        targets[taken, 1:] = faces[np.where(own, sides, np.inf).argmin(axis=0)[taken]]
        return targets

    def _inside(self, boxes: Boxes) -> npt.NDArray[np.bool_]:
        """(N, A): whether a cell's centre lies in a box."""
        centres = self._centres
        return np.asarray(((centres > boxes[:, None, :2]) & (centres < boxes[:, None, 2:])).all(axis=2))

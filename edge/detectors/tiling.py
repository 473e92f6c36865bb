"""Searches a frame piece by piece, so that faces far from the camera are not shrunk away."""

from __future__ import annotations

import cv2
import numpy as np

from edge.datatypes import BgrImage, Box, Detection
from edge.detectors.nms import DEFAULT_IOU, suppress
from edge.protocols import FaceDetector

#: A box that comes so near to an edge inside the frame is cut by it, pixels.
_CUT_PX = 2.0


class TiledDetector:
    """A detector that looks at the whole frame and at overlapping square tiles of it.

    A face that a tile's edge cuts is left to the neighbour that shows it whole, or, where it is
    larger than the overlap, to the look at the whole frame.
    """

    def __init__(
        self,
        detector: FaceDetector,
        tile_px: int,
        overlap: float,
        nms_iou: float = DEFAULT_IOU,
        enlarge: float = 1.0,
        of_tiles: FaceDetector | None = None,
    ) -> None:
        """Cut frames into tiles.

        Args:
            detector: What looks at the frame, and at each tile where ``of_tiles`` is not given.
            tile_px: Side of the tiles, pixels of the frame.
            overlap: Share of the side that a tile has in common with the next.
            nms_iou: Of boxes that overlap by more, the best stays.
            enlarge: How many times as large the detector sees the tiles.
            of_tiles: What looks at each tile, where the frame asks for more: near faces are in no tile.
        """
        self._detector, self._of_tiles = detector, of_tiles or detector
        self._nms_iou, self._enlarge = nms_iou, enlarge
        self._tile_px, self._step_px = tile_px, max(1, round(tile_px * (1 - overlap)))

    @property
    def name(self) -> str:
        return self._detector.name

    def detect(self, image: BgrImage) -> list[Detection]:
        height, width = image.shape[:2]
        found = list(self._detector.detect(image))
        if max(height, width) <= self._tile_px:
            return found
        for y in self._starts(height):
            for x in self._starts(width):
                tile = image[y : y + self._tile_px, x : x + self._tile_px]
                found += [
                    one.moved(x, y)
                    for one in self._in_tile(tile)
                    if not _cut(one.box, x, y, tile.shape, width, height)
                ]
        boxes = np.array([one.box for one in found], dtype=np.float32).reshape(-1, 4)
        scores = np.array([one.score for one in found], dtype=np.float32)
        return [found[index] for index in suppress(boxes, scores, self._nms_iou)]

    def _in_tile(self, tile: BgrImage) -> list[Detection]:
        if self._enlarge == 1:
            return self._of_tiles.detect(tile)
        height, width = tile.shape[:2]
        size = round(width * self._enlarge), round(height * self._enlarge)
        seen = np.asarray(cv2.resize(tile, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
        return [one.scaled(width / size[0], height / size[1]) for one in self._of_tiles.detect(seen)]

    def _starts(self, length: int) -> list[int]:
        """Where tiles begin along one side: evenly, the last flush with the edge."""
        last = max(0, length - self._tile_px)
        count = -(-last // self._step_px) + 1
        return [round(place * last / max(1, count - 1)) for place in range(count)]


def _cut(box: Box, x: int, y: int, shape: tuple[int, ...], width: int, height: int) -> bool:
    """Whether an edge of the tile that is no edge of the frame runs through the face."""
    tile_h, tile_w = shape[:2]
    return (
        (x > 0 and box.x1 < _CUT_PX)
        or (y > 0 and box.y1 < _CUT_PX)
        or (x + tile_w < width and box.x2 > tile_w - _CUT_PX)
        or (y + tile_h < height and box.y2 > tile_h - _CUT_PX)
    )

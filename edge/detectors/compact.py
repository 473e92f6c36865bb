"""The project's own detector: one small network from a bundle, under OpenCV DNN or a TFLite runtime."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge.contract import manifest
from edge.contract.manifest import Bundle, DetectorManifest, Runtime
from edge.datatypes import BgrImage, Box, Detection
from edge.detectors.compact_heads import Heads, OpencvHeads, TfliteHeads
from edge.detectors.decode import DECODE, decode, lit_cells, ordered_heads
from edge.detectors.few_cells import FEW_CELLS, faces
from edge.detectors.letterbox import Letterboxed
from edge.detectors.near_faces import Look, merged, pictures
from edge.detectors.nms import DEFAULT_IOU, suppress
from edge.detectors.opencv_dnn import DnnTarget
from edge.errors import ModelError
from edge.golden_check import verified


class CompactDetector:
    """Anchor-free, three levels; the same boxes whatever runs it. Not for several threads at once.

    Large pictures are looked at again, half as large, for near faces: :mod:`edge.detectors.near_faces`.

    Args:
        bundle: A ``face-detector``; its files are taken as they are (see :func:`load_verified`).
        runtime: What runs it; the bundle must have a file for it.
        score: Detections below it are left out.
        input_px: Longer side that frames are shrunk to; None for the size that the bundle names.
        nms_iou: Overlap above which the lower score goes.
        target: What OpenCV DNN runs on.
        threads: Of the TFLite interpreter.
        near_faces: Whether pictures that could hold faces larger than the network knows get further looks.
    Raises:
        ModelError: No runtime, or a graph that is not what the manifest says.
    """

    name = "compact"

    def __init__(
        self,
        bundle: Bundle,
        runtime: Runtime = "opencv-dnn",
        score: float = 0.5,
        input_px: int | None = None,
        nms_iou: float = DEFAULT_IOU,
        target: DnnTarget = "cpu",
        threads: int = 1,
        near_faces: bool = True,
    ) -> None:
        said = bundle.manifest
        if not isinstance(said, DetectorManifest):
            raise ModelError(f"{bundle.folder}: is a {said.kind}; configure a bundle of kind face-detector")
        if said.output.decode != DECODE:
            raise ModelError(
                f"{bundle.folder}: its boxes are decoded by {said.output.decode!r}, which this version does "
                "not know; update emotion-edge or fetch an older bundle"
            )
        if (said.input.layout, said.input.color, said.input.dtype) != ("NHWC", "bgr", "float32"):
            raise ModelError(f"{bundle.folder}: takes {said.input}; a detector takes NHWC bgr float32 here")
        self.bundle, self.manifest, self.runtime = bundle, said, runtime
        self._strides, self._largest_stride = said.strides, max(said.strides)
        self._score, self._nms_iou = score, nms_iou
        self._input_px = input_px or max(said.input.height, said.input.width)
        self._target, self._threads, self._near_faces = target, threads, near_faces
        #: One a look, since a change of the input's size is dear: the first, and further ones once needed.
        self._heads: list[Heads] = []
        self.heads(np.zeros((said.input.height, said.input.width, 3), dtype=np.uint8))

    def detect(self, image: BgrImage) -> list[Detection]:
        seen = pictures(image, self._input_px, self._largest_stride)
        if not self._near_faces:
            return self._look(0, next(seen)).found
        looks = [self._look(number, picture) for number, picture in enumerate(seen)]
        return looks[0].found if len(looks) == 1 else merged(looks, self._nms_iou)

    def _look(self, number: int, seen: Letterboxed) -> Look:
        heads = self.heads(seen.image, number)
        every, lit = lit_cells(heads, self._score)
        if lit.size > FEW_CELLS:
            return Look(self._many(heads, seen), seen.scale_y)
        found = faces(heads, self._strides, every, lit.tolist(), self._nms_iou) if lit.size else ()
        x, y = seen.scale_x, seen.scale_y
        return Look(
            [Detection(Box(x1 / x, y1 / y, x2 / x, y2 / y), score) for x1, y1, x2, y2, score in found], y
        )

    def _many(self, heads: list[npt.NDArray[np.float32]], seen: Letterboxed) -> list[Detection]:
        boxes, scores = decode(heads, self._strides, self._score)
        boxes /= np.array([seen.scale_x, seen.scale_y] * 2, dtype=np.float32)
        kept = suppress(boxes, scores, self._nms_iou)
        rows_kept, scores_kept = boxes[kept].tolist(), scores[kept].tolist()
        return [Detection(Box(*row), sure) for row, sure in zip(rows_kept, scores_kept, strict=True)]

    def heads(self, image: BgrImage, number: int = 0) -> list[npt.NDArray[np.float32]]:
        """The raw (H, W, channels) maps, as :func:`edge.detectors.decode.decode` takes them.

        Args:
            image: (height, width, 3) uint8, BGR; sides are multiples of the largest stride.
            number: Of the look; pictures of one look should be of one size.
        Raises:
            ModelError: The graph is another one than the manifest says.
        """
        while len(self._heads) <= number:
            self._heads.append(self._opened())
        try:
            maps = self._heads[number].run(image)
            return ordered_heads(maps, image.shape[0], image.shape[1], self._strides)
        except ValueError as err:
            raise ModelError(
                f"{self.bundle.model_path(self.runtime)}: {err}: the file and the manifest belong to "
                "different networks: convert again"
            ) from err

    def _opened(self) -> Heads:
        path = self.bundle.model_path(self.runtime)
        if self.runtime == "tflite":
            return TfliteHeads(path, self._threads)
        return OpencvHeads(path, self._target)

    def golden_outputs(self, inputs: npt.NDArray[np.uint8]) -> list[npt.NDArray[np.float32]]:
        """See :class:`edge.golden_check.GoldenRunner`."""
        given = self.manifest.input
        if inputs.shape[1:] != (given.height, given.width, given.channels):
            raise ValueError(
                f"inputs are {inputs.shape[1:]}; expected ({given.height}, {given.width}, {given.channels})"
            )
        every = [self.heads(image) for image in inputs]
        return [np.stack(maps) for maps in zip(*every, strict=True)]


def load_verified(
    folder: Path,
    runtime: Runtime = "opencv-dnn",
    score: float = 0.5,
    input_px: int | None = None,
    nms_iou: float = DEFAULT_IOU,
    target: DnnTarget = "cpu",
    near_faces: bool = True,
) -> CompactDetector:
    """Load a bundle and prove that it computes here what it computed when it was made.

    Raises:
        ModelError: A file is missing or altered, the graph is another one, or the golden
            vectors deviate (the message says by how much).
    """
    loaded = CompactDetector(
        manifest.load(folder), runtime, score, input_px, nms_iou, target, near_faces=near_faces
    )
    return verified(loaded, "detector")

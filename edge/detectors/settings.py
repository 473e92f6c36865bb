"""How faces are found: options that every detector shares."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from edge.contract.section import PathText, Section, inconsistent

DetectorName = Literal["auto", "haar", "ssd", "mtcnn", "yunet", "compact"]

#: What ``auto`` takes where no better weights are present: it needs no download.
EMBEDDED_DEFAULT: DetectorName = "compact"

#: The score below which a detection is dropped, by detector, where the configuration names none.
#: SSD: the studies judged 0.4 best. Haar: its cascade has decided already. MTCNN: its package's own.
#: compact: on the demo's films, in 240 looks, faces score 0.77 and more, false ones twice 0.6 and more.
DEFAULT_SCORES = {"haar": 0.0, "ssd": 0.4, "mtcnn": 0.8, "yunet": 0.7, "compact": 0.6}


class HaarSettings(Section):
    """OpenCV's Viola-Jones cascade; the names are OpenCV's."""

    scale_factor: Annotated[float, Field(gt=1, le=2)] = 1.1
    min_neighbors: Annotated[int, Field(ge=0, le=50)] = 5


class TilingSettings(Section):
    """Faces far from the camera: the frame is searched whole and in overlapping squares.

    Attributes:
        tile_px: Side of the squares in pixels of the frame; None for no tiles. Each costs as
            much as a frame.
        overlap: Share of the side that neighbours have in common; a face up to that large is
            whole in one of them.
        enlarge: How many times as large the detector sees them; ``tile_px`` times it must not be
            above the ``input_px`` of compact and yunet, to which they would be shrunk again.
    """

    tile_px: Annotated[int, Field(ge=96, le=4096)] | None = None
    overlap: Annotated[float, Field(ge=0, le=0.75)] = 0.25
    enlarge: Annotated[float, Field(ge=1, le=4)] = 1.0


def _not_shrunk_again(tiling: TilingSettings, info: ValidationInfo) -> TilingSettings:
    input_px = info.data.get("input_px")
    if tiling.tile_px is None or tiling.enlarge == 1 or input_px is None:
        return tiling
    enlarged_px = tiling.tile_px * tiling.enlarge
    if info.data.get("name") in ("auto", "compact", "yunet") and enlarged_px > input_px:
        raise inconsistent(
            f"tiling.tile_px times tiling.enlarge, {enlarged_px:g} px, exceeds input_px {input_px}, to which "
            "the tiles would be shrunk again",
            "input_px",
        )
    return tiling


class DetectorSettings(Section):
    """``auto`` takes yunet where its weights are present, else :data:`EMBEDDED_DEFAULT`.

    A ``bundle``, or the runtime ``tflite``, means compact: ``auto`` then takes nothing else.

    Attributes:
        bundle: Folder of a detector of the project's own, for compact; None for the one that is shipped.
        runtime: What runs compact: OpenCV DNN, or a TFLite runtime; auto is the latter, in int8, unless
            ``target`` names a graphics chip. ssd and yunet know OpenCV DNN only.
        score: Detections below it are dropped; None for the detector's own default.
        nms_iou: Of two boxes that overlap by more, the one with the lower score is dropped.
        min_face_px: Faces whose shorter side is below it are dropped; an expression
            cannot be read from fewer pixels.
        input_px: Longer side of the picture that yunet and compact look at; frames are shrunk to
            it, never enlarged.
        target: What OpenCV DNN computes on; opencl and cuda need an OpenCV that was built with them.
        every_n_frames: Detect in every n-th analysed frame; tracks carry the boxes between. 1, because
            at the usual 5 to 10 frames a second 2 saves less than a millisecond a frame and already changes
            what windows say (training/results, search rate); a lower ``fps`` saves more.
        weights: Folder with third-party weights, None for that of ``EMOTION_EDGE_WEIGHTS``, else the
            user's cache.
        network: Which files ssd uses: "tensorflow" (8-bit graph) or "caffe".
    """

    name: DetectorName = "auto"
    bundle: PathText | None = None
    runtime: Literal["auto", "opencv-dnn", "tflite"] = "auto"
    score: Annotated[float, Field(ge=0, le=1)] | None = None
    nms_iou: Annotated[float, Field(gt=0, lt=1)] = 0.4
    min_face_px: Annotated[int, Field(ge=8, le=4096)] = 32
    input_px: Annotated[int, Field(ge=96, le=4096)] = 480
    target: Literal["cpu", "opencl", "cuda"] = "cpu"
    every_n_frames: Annotated[int, Field(ge=1, le=60)] = 1
    weights: PathText | None = None
    network: Literal["tensorflow", "caffe"] = "tensorflow"
    haar: HaarSettings = HaarSettings()
    tiling: Annotated[TilingSettings, AfterValidator(_not_shrunk_again)] = TilingSettings()

    @property
    def compact_runtime(self) -> Literal["opencv-dnn", "tflite"]:
        """What runs compact, chosen where that is left open."""
        if self.runtime != "auto":
            return self.runtime
        return "tflite" if self.target == "cpu" else "opencv-dnn"

"""How faces are found: options that every detector shares."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from edge.contract.section import PathText, Section

DetectorName = Literal["auto", "haar", "ssd", "yunet"]

#: The score below which a detection is dropped, by detector, where the configuration names none.
#: SSD: the studies judged 0.4 best. Haar: its cascade has decided already.
DEFAULT_SCORES = {"haar": 0.0, "ssd": 0.4, "yunet": 0.7}


class HaarSettings(Section):
    """OpenCV's Viola-Jones cascade; the names are OpenCV's."""

    scale_factor: Annotated[float, Field(gt=1, le=2)] = 1.1
    min_neighbors: Annotated[int, Field(ge=0, le=50)] = 5


class DetectorSettings(Section):
    """``auto`` takes yunet where its weights are present, else haar, which needs none.

    Attributes:
        score: Detections below it are dropped; None for the detector's own default.
        min_face_px: Faces whose shorter side is below it are dropped; an expression
            cannot be read from fewer pixels.
        input_px: Longer side of the picture that yunet looks at; frames are shrunk to it,
            never enlarged.
        bundle: Folder of a detector of the project's own; there is none yet.
        runtime: What runs ssd and yunet (haar is no network).
        every_n_frames: Detect in every n-th analysed frame; tracks carry the boxes between.
        weights: Folder with third-party weights, None for the user's cache.
        network: Which files ssd uses: "tensorflow" (8-bit graph) or "caffe".
    """

    name: DetectorName = "auto"
    bundle: None = None
    runtime: Literal["opencv-dnn"] = "opencv-dnn"
    score: Annotated[float, Field(ge=0, le=1)] | None = None
    min_face_px: Annotated[int, Field(ge=8, le=4096)] = 32
    input_px: Annotated[int, Field(ge=96, le=4096)] = 480
    every_n_frames: Annotated[int, Field(ge=1, le=60)] = 1
    weights: PathText | None = None
    network: Literal["tensorflow", "caffe"] = "tensorflow"
    haar: HaarSettings = HaarSettings()

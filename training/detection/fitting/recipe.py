"""The recipe of a detector: every choice of a run in one YAML file (``config/detector.yaml``)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from edge.contract.section import Section
from training.recipe import Bounds, Positive, Share

Part = Annotated[float, Field(ge=0, le=1)]


class DetectorOptimizer(Section):
    """AdamW; linear warm-up, then a cosine down to zero."""

    learning_rate: Positive = 1.5e-3
    warmup_steps: Annotated[int, Field(ge=0)] = 300
    weight_decay: Annotated[float, Field(ge=0)] = 5e-3
    ema: Share = 0.998


class Views(Section):
    """How a view is composed; a share is the part of the views that it touches.

    Attributes:
        size_px: Side of the square views.
        crowd_power: A photo is drawn as often as the number of its faces to this power; 0 for all alike.
        face_px: Longer side of the face that a view is centred on, drawn log-uniformly.
        enlarge: Photos are enlarged up to this factor.
        mosaic_share: Views made of four others.
        paste_share: Views into which faces of other photos are pasted.
        portrait_share: Views from photos whose boxes were made by a machine.
        background_share: Views centred on no face in particular.
        mistake_share: Views centred on what the network last took for a face wrongly.
        rotation_deg: Views are turned up to this far, half of them by less than a quarter of it.
    """

    size_px: Annotated[int, Field(ge=128, le=640, multiple_of=32)] = 256
    crowd_power: Part = 0.5
    face_px: Bounds = (10.0, 220.0)
    enlarge: Positive = 2.5
    mosaic_share: Part = 0.3
    paste_share: Part = 0.3
    portrait_share: Part = 0.12
    background_share: Part = 0.05
    mistake_share: Part = 0.1
    flip_share: Part = 0.5
    rotation_share: Part = 0.35
    rotation_deg: Annotated[float, Field(ge=0, le=180)] = 90.0


class Degradation(Section):
    """What cameras and light do to a view; a share is the part of the views that it touches."""

    light_share: Part = 0.5
    light: Share = 0.35
    gamma: Bounds = (0.6, 1.7)
    cast_share: Part = 0.25
    cast: Share = 0.25
    dark_share: Part = 0.08
    grey_share: Part = 0.1
    tint_share: Part = 0.08
    blur_share: Part = 0.12
    noise_share: Part = 0.1
    jpeg_share: Part = 0.05
    occlusion_share: Part = 0.2


class DetectorRecipe(Section):
    """All choices of one training run. The run is a function of this, the data and the code.

    Attributes:
        input_px: Longer side of the pictures that the held-out figures are measured at, and
            the side of the delivered network's input.
        steps: Batches in all.
        steps_per_epoch: After so many a checkpoint is written and the held-out photos are scored.
        held_out: Share of the photos with human boxes kept aside; it chooses.
        teacher_weight: Of what another detector says of every cell, beside the boxes of people, where
            the command names one.
    """

    schema_name: Annotated[Literal["detector/1"], Field(alias="schema")]
    input_px: Annotated[int, Field(ge=128, le=1280, multiple_of=32)] = 320
    steps: Annotated[int, Field(ge=1)] = 15_000
    steps_per_epoch: Annotated[int, Field(ge=1)] = 1000
    batch: Annotated[int, Field(ge=2)] = 32
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    held_out: Share = 0.08
    box_weight: Positive = 2.0
    teacher_weight: Annotated[float, Field(ge=0)] = 0.5
    optimizer: DetectorOptimizer = DetectorOptimizer()
    views: Views = Views()
    degradation: Degradation = Degradation()

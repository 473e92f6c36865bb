"""The training recipe: every choice of a run in one YAML file (``config/training.yaml``)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from edge.contract.section import TAKES_LIST, Section
from training import networks

Share = Annotated[float, Field(ge=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]


def _ordered(bounds: tuple[float, float]) -> tuple[float, float]:
    if bounds[0] > bounds[1]:
        raise ValueError(f"the lower bound {bounds[0]} lies above the upper bound {bounds[1]}")
    return bounds


Bounds = Annotated[tuple[Positive, Positive], TAKES_LIST, AfterValidator(_ordered)]


class Optimizer(Section):
    """SGD with Nesterov momentum; linear warm-up, then a cosine down to zero.

    Keras' weight decay is decoupled: it does not pass through the momentum, so it must be
    1 / (1 - momentum) times the L2 penalty of papers that use SGD (5e-3 for the usual 5e-4).
    """

    learning_rate: Positive = 0.1
    momentum: Share = 0.9
    warmup_epochs: Annotated[float, Field(ge=0)] = 2.0
    weight_decay: Annotated[float, Field(ge=0)] = 5e-3
    ema: Share = 0.998


class Augmentation(Section):
    """How far each view may differ from the stored crop; a share is the part of views that it touches."""

    zoom: Bounds = (0.85, 1.15)
    aspect: Bounds = (0.92, 1.08)
    shift: Share = 0.1
    rotation_deg: Annotated[float, Field(ge=0, le=180)] = 12.0
    flip_share: Annotated[float, Field(ge=0, le=1)] = 0.5
    light_share: Annotated[float, Field(ge=0, le=1)] = 0.5
    light: Share = 0.3
    gamma_share: Annotated[float, Field(ge=0, le=1)] = 0.2
    gamma: Bounds = (0.7, 1.4)
    degrade_share: Annotated[float, Field(ge=0, le=1)] = 0.1
    erase_share: Annotated[float, Field(ge=0, le=1)] = 0.25
    erase_area: Bounds = (0.02, 0.2)


class Recipe(Section):
    """All choices of one training run. The run is a function of this, the data and the code."""

    schema_name: Annotated[Literal["training/1"], Field(alias="schema")]
    network: Annotated[str, AfterValidator(networks.known)]
    crop_px: Annotated[int, Field(ge=24, le=48)] = 44
    dropout: Share = 0.3
    epochs: Annotated[int, Field(ge=1)] = 30
    batch: Annotated[int, Field(ge=2)] = 128
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    held_out: Share = 0.1
    label_smoothing: Share = 0.1
    optimizer: Optimizer = Optimizer()
    augmentation: Augmentation = Augmentation()

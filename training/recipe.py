"""The training recipe: every choice of a run in one YAML file (``config/training.yaml``)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from edge.contract.data_forms import LabelSet
from edge.contract.schema_version import reads
from edge.contract.section import TAKES_LIST, Entries, PathText, Section, inconsistent
from training import networks
from training.data.protocol import Copies

Share = Annotated[float, Field(ge=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]


def _ordered(bounds: tuple[float, float]) -> tuple[float, float]:
    if bounds[0] > bounds[1]:
        raise ValueError(f"the lower bound {bounds[0]} lies above the upper bound {bounds[1]}")
    return bounds


def _within_the_run(finish: Finish | None, info: ValidationInfo) -> Finish | None:
    if finish is not None and finish.epochs > info.data.get("epochs", finish.epochs):
        raise inconsistent(f"finish.epochs {finish.epochs} exceeds epochs", "epochs")
    return finish


Bounds = Annotated[tuple[Positive, Positive], TAKES_LIST, AfterValidator(_ordered)]


class Optimizer(Section):
    """Linear warm-up, then a cosine down to zero (or no change, as the studies trained).

    Keras' weight decay is decoupled: it does not pass through the momentum, so it must be
    1 / (1 - momentum) times the L2 penalty of papers that use SGD (5e-3 for the usual 5e-4).

    Attributes:
        name: ``sgd`` with Nesterov momentum, or ``adam`` (which ignores ``momentum``).
        ema: Momentum of the averaged weights that a run delivers; 0 switches averaging off.
    """

    name: Literal["sgd", "adam"] = "sgd"
    schedule: Literal["cosine", "constant"] = "cosine"
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


class Votes(Section):
    """What the FER+ votes teach beside FER2013's label; needs ``fit --votes``.

    Attributes:
        head_weight: Weight of a second head that learns the distribution of the ten votes.
        target_share: How far the target moves from the stored label to P(label | votes), which
            smooths FER2013's label noise by what ten people saw.
    """

    head_weight: Annotated[float, Field(ge=0)] = 0.0
    target_share: Annotated[float, Field(ge=0, le=1)] = 0.0


class Mixup(Section):
    """Blends pairs of views and their targets (Zhang et al. 2018, arXiv:1710.09412).

    Attributes:
        share: Part of the batches that are mixed.
        alpha: Of the Beta distribution of the blend.
    """

    share: Annotated[float, Field(ge=0, le=1)] = 0.0
    alpha: Positive = 0.4


class Distillation(Section):
    """Learns what a committee of trained networks says of the very same view.

    Source: function matching, Beyer et al. 2022, arXiv:2106.05237.

    Attributes:
        teachers: ``.keras`` files and bundles (a folder, or a shipped one's name, as ``fer-compact``);
            the mean of their probabilities teaches.
        temperature: Softens both sides.
        weight: Of the teachers' loss; the labels keep ``1 - weight``.
    """

    teachers: Annotated[Entries[PathText], Field(min_length=1)]
    temperature: Positive = 2.0
    weight: Annotated[float, Field(gt=0, le=1)] = 0.9


class Finish(Section):
    """The last epochs see views as a device will cut them: no mixup, other augmentation.

    Attributes:
        epochs: How many.
        augmentation: Shift, zoom and aspect should be those of the detector's boxes.
    """

    epochs: Annotated[int, Field(ge=1)]
    augmentation: Augmentation


class Recipe(Section):
    """All choices of one training run. The run is a function of this, the data and the code.

    Attributes:
        labels: The label set that is learnt: the data's own, or another one's by name; FER2013
            under ``ferplus`` needs ``fit --votes``.
        drop_classes: Left out of Training and of every evaluation.
        held_out_copies: Which copies of a photograph go with it to its side of the held-out split.
    """

    schema_name: Annotated[Literal["training/1"], reads("training/1"), Field(alias="schema")]
    network: Annotated[str, AfterValidator(networks.known)]
    crop_px: Annotated[int, Field(ge=24, le=48)] = 44
    dropout: Share = 0.3
    epochs: Annotated[int, Field(ge=1)] = 30
    batch: Annotated[int, Field(ge=2)] = 128
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    labels: LabelSet = "own"
    drop_classes: Entries[str] = ()
    held_out: Share = 0.1
    held_out_copies: Copies = "near"
    label_smoothing: Share = 0.1
    precision: Literal["float32", "mixed_bfloat16"] = "float32"
    batch_norm_momentum: Share = 0.99
    optimizer: Optimizer = Optimizer()
    augmentation: Augmentation = Augmentation()
    mixup: Mixup = Mixup()
    votes: Votes = Votes()
    distillation: Distillation | None = None
    finish: Annotated[Finish | None, AfterValidator(_within_the_run)] = None

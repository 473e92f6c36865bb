"""The networks by name; one file a family. Every builder returns an uncompiled Keras model."""

from __future__ import annotations

import importlib
from typing import Any, Literal

from edge.contract.facesets import SIDE_PX
from edge.errors import ConfigError

Start = Literal["imagenet", "scratch"]

_FAMILIES = {
    "residual": ("tiny", "compact"),
    "teachers": ("teacher-resnet18", "teacher-vgg19", "teacher-wrn16-4"),
    "xception": ("mini-xception", "big-xception"),
    "plain": (
        "kaggle-gen04", "kaggle-gen05", "kaggle-gen06", "kaggle-gen12", "kaggle-gen14", "ck-gen10", "scratch",
        "deepface", "notebook-1", "notebook-2", "model-4", "model-5", "model-6", "model-7", "model-8",
    ),
    "transfer": ("mobilenet", "vgg16", "mobilenetv2-transfer", "vgg16-transfer"),
}  # fmt: skip

#: name -> module of this package with ``build(name, crop_px, classes, dropout)``.
#: Keras is imported only when a network is built: a wrong name in a recipe is told at once.
NETWORKS = {name: family for family, names in _FAMILIES.items() for name in names}


def build(name: str, crop_px: int, classes: int, dropout: float) -> Any:
    """Build a network of the registry.

    Args:
        name: As in :data:`NETWORKS`.
        crop_px: Side of the centre crop that the network sees, pixels.
        classes: Number of logits.
        dropout: Before the last layer, beside what the network has of its own.
    Returns:
        keras.Model: (N, 48, 48, 1) float32, grey, 0..255 -> (N, classes) logits.
    Raises:
        ValueError: No network has that name; lists those that there are.
        ConfigError: The crop is too small for its layers.
    """
    family = _family(name)
    try:
        return family.build(name, crop_px, classes, dropout)
    except ValueError as err:
        if crop_px == SIDE_PX:  # that all take
            raise
        said = str(err).strip().splitlines()[0]
        raise ConfigError(f"crop_px: {name} cannot be built for {crop_px} px: {said}; all take 48") from err


def start_of(name: str) -> Start:
    """What :func:`build` fills the network with: ImageNet weights where it is made for them and Keras
    can get them, else random numbers.
    """
    if NETWORKS[known(name)] != "transfer":
        return "scratch"
    return "imagenet" if _family(name).imagenet_at_hand(name) else "scratch"


def known(name: str) -> str:
    """The name itself.

    Raises:
        ValueError: No network has it; lists those that there are.
    """
    if name not in NETWORKS:
        raise ValueError(f"unknown network {name!r}; choose one of {', '.join(sorted(NETWORKS))}")
    return name


def _family(name: str) -> Any:
    return importlib.import_module(f"{__name__}.{NETWORKS[known(name)]}")

"""The networks by name; one file a family. Every builder returns an uncompiled Keras model."""

from __future__ import annotations

import importlib
from typing import Any

#: name -> module of this package that holds its builder, ``name(crop_px, classes, dropout)``.
#: Keras is imported only when a network is built: a wrong name in a recipe is told at once.
NETWORKS = {
    "tiny": "residual",
    "compact": "residual",
}


def build(name: str, crop_px: int, classes: int, dropout: float) -> Any:
    """Build a network of the registry.

    Returns:
        keras.Model: (N, 48, 48, 1) float32, grey, 0..255 -> (N, classes) logits.
    Raises:
        ValueError: No network has that name; lists those that there are.
    """
    family = importlib.import_module(f"{__name__}.{NETWORKS[known(name)]}")
    return getattr(family, name)(crop_px, classes, dropout)


def known(name: str) -> str:
    """The name itself.

    Raises:
        ValueError: No network has it; lists those that there are.
    """
    if name not in NETWORKS:
        raise ValueError(f"unknown network {name!r}; choose one of {', '.join(sorted(NETWORKS))}")
    return name

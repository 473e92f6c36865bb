"""The networks by name; one file a family. Every builder returns an uncompiled Keras model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from training.networks import residual

#: name -> builder(crop_px, classes, dropout)
NETWORKS: dict[str, Callable[[int, int, float], Any]] = {
    "tiny": residual.tiny,
    "compact": residual.compact,
}


def build(name: str, crop_px: int, classes: int, dropout: float) -> Any:
    """Build a network of the registry.

    Returns:
        keras.Model: (N, 48, 48, 1) float32, grey, 0..255 -> (N, classes) logits.
    Raises:
        ValueError: No network has that name; lists those that there are.
    """
    if name not in NETWORKS:
        raise ValueError(f"unknown network {name!r}; choose one of {', '.join(sorted(NETWORKS))}")
    return NETWORKS[name](crop_px, classes, dropout)

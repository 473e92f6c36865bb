"""What all networks have in common: the face that goes in, and the logits that come out."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

SIDE_PX = 48


def face(crop_px: int) -> tuple[Any, Any]:
    """The input (N, 48, 48, 1), grey 0..255, and its centre crop of ``crop_px`` pixels."""
    inputs = keras.Input((SIDE_PX, SIDE_PX, 1), name="face")
    if crop_px == SIDE_PX:
        return inputs, inputs
    before = (SIDE_PX - crop_px) // 2
    after = SIDE_PX - crop_px - before
    return inputs, layers.Cropping2D(((before, after), (before, after)))(inputs)


def signed(x: Any) -> Any:
    """0..255 -> -1..1."""
    return layers.Rescaling(1 / 127.5, offset=-1.0)(x)


def logits(x: Any, classes: int, dropout: float) -> Any:
    """The last layer: (N, features) -> (N, classes)."""
    if dropout:
        x = layers.Dropout(dropout)(x)
    # float32 in mixed precision too: bfloat16 keeps two to three digits.
    return layers.Dense(classes, name="logits", dtype="float32")(x)

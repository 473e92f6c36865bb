"""The project's own family: small residual networks of 3x3 convolutions that survive int8.

Only convolution, batch norm and ReLU6: every layer folds into a quantized convolution, and
ReLU6 bounds the ranges that calibration has to find. Rescaling and the centre crop are in the
graph, so that no device can get them wrong.

Source: the pre-2016 residual block (He et al. 2015, arXiv:1512.03385) at 48x48 widths.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

SIDE_PX = 48


def tiny(crop_px: int, classes: int, dropout: float) -> Any:
    """0.88 M parameters, 63 MMACs at 44 px."""
    return _network(
        "tiny", crop_px, classes, dropout, stem=(24, 40), stages=((40, 1, 1), (72, 2, 2), (144, 2, 2))
    )


def compact(crop_px: int, classes: int, dropout: float) -> Any:
    """1.54 M parameters, 105 MMACs at 44 px."""
    return _network(
        "compact", crop_px, classes, dropout, stem=(32, 48), stages=((48, 1, 1), (96, 2, 2), (192, 2, 2))
    )


def _network(
    name: str,
    crop_px: int,
    classes: int,
    dropout: float,
    stem: tuple[int, int],
    stages: tuple[tuple[int, int, int], ...],
) -> Any:
    """``stages`` holds (filters, blocks, stride of the first block)."""
    inputs = keras.Input((SIDE_PX, SIDE_PX, 1), name="face")
    x = inputs
    if crop_px < SIDE_PX:
        before = (SIDE_PX - crop_px) // 2
        after = SIDE_PX - crop_px - before
        x = layers.Cropping2D(((before, after), (before, after)))(x)
    x = layers.Rescaling(1 / 127.5, offset=-1.0)(x)
    x = _activate(_conv(x, stem[0], 3, 1))
    x = _activate(_conv(x, stem[1], 3, 2))
    for filters, blocks, stride in stages:
        for block in range(blocks):
            x = _block(x, filters, stride if block == 0 else 1)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(dropout)(x)
    # Logits stay float32 in mixed precision: bfloat16 keeps two to three digits.
    return keras.Model(inputs, layers.Dense(classes, name="logits", dtype="float32")(x), name=name)


def _conv(x: Any, filters: int, kernel: int, stride: int) -> Any:
    x = layers.Conv2D(
        filters, kernel, stride, padding="same", use_bias=False, kernel_initializer="he_normal"
    )(x)
    return layers.BatchNormalization(momentum=0.97)(x)


def _activate(x: Any) -> Any:
    return layers.ReLU(max_value=6.0)(x)


def _block(x: Any, filters: int, stride: int) -> Any:
    shortcut = x
    if stride != 1 or x.shape[-1] != filters:
        shortcut = _conv(x, filters, 1, stride)
    x = _activate(_conv(x, filters, 3, stride))
    return _activate(layers.Add()([_conv(x, filters, 3, 1), shortcut]))

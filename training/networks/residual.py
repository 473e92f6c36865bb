"""The project's own family: small residual networks of 3x3 convolutions that survive int8.

Only convolution, batch norm and ReLU6: every layer folds into a quantized convolution, and
ReLU6 bounds the ranges that calibration has to find. Rescaling and the centre crop are in the
graph, so that no device can get them wrong.

Source: the pre-2016 residual block (He et al. 2015, arXiv:1512.03385) at 48x48 widths.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
from keras import layers

from training.networks import ends


class _Widths(NamedTuple):
    """Filters of the two stem convolutions; (filters, blocks, stride of the first block) a stage."""

    stem: tuple[int, int]
    stages: tuple[tuple[int, int, int], ...]


_WIDTHS = {
    # 0.88 M parameters, 63 MMACs at 44 px
    "tiny": _Widths((24, 40), ((40, 1, 1), (72, 2, 2), (144, 2, 2))),
    # 1.54 M parameters, 105 MMACs at 44 px
    "compact": _Widths((32, 48), ((48, 1, 1), (96, 2, 2), (192, 2, 2))),
}


def build(name: str, crop_px: int, classes: int, dropout: float) -> Any:
    """See :func:`training.networks.build`."""
    stem, stages = _WIDTHS[name]
    inputs, x = ends.face(crop_px)
    x = ends.signed(x)
    x = _activate(_conv(x, stem[0], 3, 1))
    x = _activate(_conv(x, stem[1], 3, 2))
    for filters, blocks, stride in stages:
        for block in range(blocks):
            x = _block(x, filters, stride if block == 0 else 1)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, ends.logits(x, classes, dropout), name=name)


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

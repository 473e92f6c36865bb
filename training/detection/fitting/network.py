"""The detector's network: plain 3x3 convolutions, three levels, two small heads each.

Plain convolutions and no depthwise ones, by measurement (x86, 320x320, one thread): a network of
1x1 and depthwise 3x3 with half the parameters took the same time under OpenCV DNN and 1.5 times
the time under TFLite in int8, and trained at half the speed.

Source: one-stage, anchor-free, features added from coarse to fine (FCOS, Tian et al. 2019,
arXiv:1904.01355; FPN, Lin et al. 2016, arXiv:1612.03144).
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from training.detection.fitting.cells import STRIDES

_STEM = (16, 24)
_WIDTH = 32
#: Residual convolutions of a level.
_DEPTHS = (2, 2, 2)
#: A cell holds a face once in a hundred times at first: large losses of the empty ones do not
#: drown those of the faces (Lin et al. 2017, arXiv:1708.02002).
_FIRST_LOGIT = -4.0


def build(height: int, width: int) -> Any:
    """The bare network.

    Returns:
        keras.Model: (N, height, width, 3) float32, BGR, 0..255 -> for each stride a
        (N, H, W, 1) map of logits and a (N, H, W, 4) map of boxes, as
        :mod:`edge.detectors.decode` describes them.
    """
    inputs = keras.Input((height, width, 3), name="image")
    x = layers.Rescaling(1 / 127.5, offset=-1.0)(inputs)
    for filters in _STEM:
        x = _conv(x, filters, stride=2)
    levels = []
    for depth in _DEPTHS:
        x = _conv(x, _WIDTH, stride=2)
        for _ in range(depth):
            x = layers.Add()([x, _conv(x, _WIDTH)])
        levels.append(x)
    for fine in reversed(range(len(levels) - 1)):
        levels[fine] = layers.Add()([levels[fine], layers.UpSampling2D()(levels[fine + 1])])
    heads = [head for level, stride in zip(levels, STRIDES, strict=True) for head in _heads(level, stride)]
    return keras.Model(inputs, heads, name="face_compact")


def trainable(bare: Any, taught: bool = False) -> Any:
    """The same network and weights, giving all cells in one tensor.

    Args:
        bare: Of :func:`build`.
        taught: Whether it shall also say what a teacher says, from the same features. What says it is
            no part of ``bare``: a device never pays for it.
    Returns:
        keras.Model: (N, A, 5), a logit and four numbers a cell; where taught (N, A, 10), the teacher's
            after its own.
    """
    cells = []
    for logits, numbers, stride in zip(bare.outputs[0::2], bare.outputs[1::2], STRIDES, strict=True):
        heads = [logits, numbers]
        if taught:
            heads += _small_heads(bare.get_layer(f"logits_{stride}").input, f"taught_{stride}")
        joined = layers.Concatenate(axis=-1)(heads)
        cells.append(layers.Reshape((-1, joined.shape[-1]))(joined))
    return keras.Model(bare.inputs, layers.Concatenate(axis=1)(cells), name="face_compact_training")


def _conv(x: Any, filters: int, stride: int = 1) -> Any:
    x = layers.Conv2D(filters, 3, stride, padding="same", use_bias=False, kernel_initializer="he_normal")(x)
    return layers.ReLU()(layers.BatchNormalization(momentum=0.98)(x))


def _heads(level: Any, stride: int) -> tuple[Any, Any]:
    return _small_heads(_conv(level, _WIDTH), f"{stride}")


def _small_heads(x: Any, suffix: str) -> tuple[Any, Any]:
    start = keras.initializers.Constant(_FIRST_LOGIT)
    small = keras.initializers.RandomNormal(stddev=0.01)
    logits = layers.Conv2D(1, 1, kernel_initializer=small, bias_initializer=start, name=f"logits_{suffix}")(x)
    return logits, layers.Conv2D(4, 1, kernel_initializer=small, name=f"boxes_{suffix}")(x)

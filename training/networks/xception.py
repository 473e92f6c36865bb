"""mini-XCEPTION, the network inside the ``fer`` package, and its larger sister.

Both were published for 64x64 faces scaled to -1..1: the graph enlarges and scales. The layers
stand in the order of the published files, so that ``load_weights`` takes those as they are.

Source: Arriaga et al. 2017, arXiv:1710.07557; the layers as stored in the weights of
oarriaga/face_classification.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from training.networks import ends

SIDE_PX = 64


def build(name: str, crop_px: int, classes: int, dropout: float) -> Any:
    """See :func:`training.networks.build`; the logits are averages of a last map."""
    inputs, x = ends.face(crop_px)
    x = ends.signed(layers.Resizing(SIDE_PX, SIDE_PX)(x))
    x = _mini(x) if name == "mini-xception" else _big(x)
    if dropout:
        x = layers.Dropout(dropout)(x)
    x = layers.Conv2D(classes, 3, padding="same", dtype="float32")(x)
    return keras.Model(inputs, layers.GlobalAveragePooling2D(name="logits", dtype="float32")(x), name=name)


def _mini(x: Any) -> Any:
    x = _conv(_conv(x, 8, decay=0.01), 8, decay=0.01)
    for filters in (16, 32, 64, 128):
        x = _block(x, x, filters)
    return x


def _big(x: Any) -> Any:
    x = _conv(_conv(x, 32, stride=2), 64)
    x = _block(x, x, 128)
    return _block(layers.ReLU()(x), x, 256)


def _conv(x: Any, filters: int, stride: int = 1, decay: float = 0.0) -> Any:
    penalty = keras.regularizers.L2(decay) if decay else None
    x = layers.Conv2D(filters, 3, stride, use_bias=False, kernel_regularizer=penalty)(x)
    return layers.ReLU()(layers.BatchNormalization()(x))


def _block(x: Any, shortcut: Any, filters: int) -> Any:
    """Two separable convolutions, halved by pooling; the shortcut is halved by its stride."""
    shortcut = layers.Conv2D(filters, 1, 2, padding="same", use_bias=False)(shortcut)
    shortcut = layers.BatchNormalization()(shortcut)
    x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False)(x)
    x = layers.MaxPooling2D(3, 2, padding="same")(layers.BatchNormalization()(x))
    return layers.Add()([x, shortcut])

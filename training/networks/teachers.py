"""Networks too large for a device, to teach the small ones: ResNet-18, VGG-19 and a wide ResNet.

Each in the form that suits small pictures: a 3x3 stem without pooling, global average pooling
before the logits.

Sources: He et al. 2015, arXiv:1512.03385; Simonyan & Zisserman 2014, arXiv:1409.1556, with batch
norm; Zagoruyko & Komodakis 2016, arXiv:1605.07146.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from training.networks import ends

_VGG19 = ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4))


def build(name: str, crop_px: int, classes: int, dropout: float) -> Any:
    """See :func:`training.networks.build`."""
    body = {"teacher-resnet18": _resnet18, "teacher-vgg19": _vgg19, "teacher-wrn16-4": _wide_resnet16}[name]
    inputs, x = ends.face(crop_px)
    x = layers.GlobalAveragePooling2D()(body(ends.signed(x)))
    return keras.Model(inputs, ends.logits(x, classes, dropout), name=name)


def _resnet18(x: Any) -> Any:
    x = _activated(_conv(x, 64))
    for filters, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        x = _post_activated_block(x, filters, stride)
        x = _post_activated_block(x, filters, 1)
    return x


def _post_activated_block(x: Any, filters: int, stride: int) -> Any:
    shortcut = x
    if stride != 1 or x.shape[-1] != filters:
        shortcut = layers.BatchNormalization()(_conv(x, filters, stride, kernel=1))
    x = _activated(_conv(x, filters, stride))
    x = layers.BatchNormalization()(_conv(x, filters))
    return layers.ReLU()(layers.Add()([x, shortcut]))


def _vgg19(x: Any) -> Any:
    for filters, convolutions in _VGG19:
        for _ in range(convolutions):
            x = _activated(_conv(x, filters))
        # The last of five poolings meets 2x2 pixels at crops below 48.
        x = layers.MaxPooling2D(padding="same")(x)
    return x


def _wide_resnet16(x: Any) -> Any:
    """Depth 16: three stages of two blocks; width 4."""
    x = _conv(x, 16)
    for filters, stride in ((64, 1), (128, 2), (256, 2)):
        x = _pre_activated_block(x, filters, stride)
        x = _pre_activated_block(x, filters, 1)
    return _activated(x)


def _pre_activated_block(x: Any, filters: int, stride: int) -> Any:
    ready = _activated(x)
    shortcut = x if x.shape[-1] == filters and stride == 1 else _conv(ready, filters, stride, kernel=1)
    y = _activated(_conv(ready, filters, stride))
    return layers.Add()([_conv(y, filters), shortcut])


def _conv(x: Any, filters: int, stride: int = 1, kernel: int = 3) -> Any:
    return layers.Conv2D(
        filters, kernel, stride, padding="same", use_bias=False, kernel_initializer="he_normal"
    )(x)


def _activated(x: Any) -> Any:
    return layers.ReLU()(layers.BatchNormalization()(x))

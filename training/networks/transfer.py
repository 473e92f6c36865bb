"""Networks that were made for ImageNet and go on from there: 224x224x3, the grey face three times.

``mobilenet`` and ``vgg16`` are the whole ImageNet network (VGG16 with its two dense layers of 4,096)
with a new last layer, all of it trained. For ``mobilenetv2-transfer`` and ``vgg16-transfer`` the
studies say "layers added on top": the obvious ones are global average pooling, 256 units, dropout
0.5 and the last layer; below them the convolutions keep their ImageNet weights unchanged.

Where the weights cannot be had, all four start from random numbers and every layer is trained.
"""

from __future__ import annotations

import functools
import logging
from typing import Any, NamedTuple

import keras
from keras import layers

from training.networks import ends

log = logging.getLogger(__name__)

SIDE_PX = 224


class Body(NamedTuple):
    """Which of Keras' applications, and how much of it."""

    application: str
    dense_layers: bool = False
    frozen: bool = False


BODIES = {
    "mobilenet": Body("MobileNet"),
    "vgg16": Body("VGG16", dense_layers=True),
    "mobilenetv2-transfer": Body("MobileNetV2", frozen=True),
    "vgg16-transfer": Body("VGG16", frozen=True),
}
#: Means of the blue, green and red planes of ImageNet, which VGG16 was trained without.
_MEANS_BGR = (103.939, 116.779, 123.68)
_SHAPE = {"input_shape": (SIDE_PX, SIDE_PX, 3)}


def build(name: str, crop_px: int, classes: int, dropout: float) -> Any:
    """See :func:`training.networks.build`."""
    body = BODIES[name]
    inputs, x = ends.face(crop_px)
    x = layers.Resizing(SIDE_PX, SIDE_PX)(x)
    x = layers.Concatenate()([x, x, x])
    x = _centred(x) if body.application == "VGG16" else ends.signed(x)
    x = applied(body, x, "imagenet" if imagenet_at_hand(name) else None)
    if body.frozen:
        x = layers.Dropout(0.5)(layers.Dense(256, activation="relu")(x))
    return keras.Model(inputs, ends.logits(x, classes, dropout), name=name)


def _centred(x: Any) -> Any:
    return layers.Rescaling(1.0, offset=[-mean for mean in _MEANS_BGR])(x)


def applied(body: Body, x: Any, weights: str | None) -> Any:
    """(N, 224, 224, 3) -> (N, features).

    Args:
        body: What is applied.
        x: The tensor.
        weights: "imagenet", or the path of a weights file; None for random numbers, never frozen.
    """
    application = getattr(keras.applications, body.application)(
        weights=weights,
        include_top=body.dense_layers,
        pooling=None if body.dense_layers else "avg",
        input_tensor=x,
        **_SHAPE,
    )
    if body.frozen and weights is not None:
        application.trainable = False
    # With its dense layers an application ends in the thousand classes, which are left out.
    return application.layers[-2].output if body.dense_layers else application.output


def imagenet_at_hand(name: str) -> bool:
    """Whether Keras has the network's ImageNet weights, or can fetch them now."""
    return _fetched(BODIES[name].application, BODIES[name].dense_layers)


@functools.cache
def _fetched(application: str, dense_layers: bool) -> bool:
    try:
        getattr(keras.applications, application)(weights="imagenet", include_top=dense_layers, **_SHAPE)
    except Exception as err:  # whatever urllib, h5py and Keras raise
        log.warning(
            "%s starts from random numbers: its ImageNet weights cannot be had (%s); Keras looks for them in "
            "~/.keras/models and on storage.googleapis.com",
            application,
            " ".join(str(err).split())[:200],
        )
        return False
    return True

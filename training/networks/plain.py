"""The studies' networks that are one layer after another, as lines of :mod:`layer_notation`.

All take 0..1. The last layer, which has a unit for each class, is not in the line: so one line
serves the six-class and the seven-class form, and model-8 is model-7 without disgust.

The studies give no layers for ``scratch`` ("a CNN from scratch with augmentation"): the obvious
ones are three pairs of convolutions, each pooled, and one dense layer. ``deepface`` is the emotion
network of the DeepFace package, layer by layer, so that its published weights can be loaded.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from training.networks import ends, layer_notation


def _pooled(*filters: int) -> str:
    return " ".join(f"C{count}k3s BN relu MP dr.2" for count in filters)


def _dense(*units: int) -> str:
    return " ".join(("F", *(f"D{count} BN relu dr.2" for count in units)))


_MODEL_7 = (
    "C64k3s BN relu MP dr.25 C128k5s BN relu MP dr.25 C512k3s BN relu MP dr.25 C512k3s BN relu MP dr.25 "
    "F D256 BN relu dr.25 D512 BN relu dr.25"
)

LINES = {
    "kaggle-gen04": f"{_pooled(64, 128, 256)} {_dense(256)}",
    "kaggle-gen05": "C32k3s relu MP C64k3s relu MP F",
    "kaggle-gen06": f"{_pooled(64, 128, 256, 512)} {_dense(256, 512)}",
    "kaggle-gen12": f"{_pooled(64, 128, 256)} C512k3s BN relu dr.2 C1024k3s BN relu dr.2 "
    f"{_pooled(2048, 1024)} {_dense(256, 512)}",
    "kaggle-gen14": "C32k3s BN relu MP dr.1 C64k3s BN relu MP dr.1 C128k3s BN relu C256k3s BN relu MP dr.1 "
    "C256k3s BN relu C512k3s BN relu MP dr.2 C512k3s BN relu F D512 BN relu dr.1 D256 BN relu dr.1",
    "ck-gen10": f"{_pooled(32, 64, 128, 256)} {_dense(256, 128)}",
    "scratch": "C32k3s BN relu C32k3s BN relu MP dr.25 C64k3s BN relu C64k3s BN relu MP dr.25 "
    "C128k3s BN relu C128k3s BN relu MP dr.25 F D256 BN relu dr.5",
    "deepface": "C64k5v relu MP5/2 C64k3v relu C64k3v relu AP3/2 C128k3v relu C128k3v relu AP3/2 "
    "F D1024 relu dr.2 D1024 relu dr.2",
    "notebook-1": "C128k3v relu MP dr.4 C256k3v relu MP dr.4 C512k3v relu MP dr.4 C512k3v relu MP dr.4 "
    "F D512 relu dr.4 D256 relu dr.3",
    "notebook-2": "C32k3s relu C64k3s relu BN MP dr.25 C128k5s relu BN MP dr.25 "
    "C512k3sL2.01 relu BN MP dr.25 C512k3sL2.01 relu BN MP dr.25 F D256 relu BN dr.25 D512 relu BN dr.25",
    "model-4": "C32k3v relu C64k3v relu MP dr.25 C128k3v relu MP C256k3v relu MP dr.25 F D1024 relu dr.5",
    "model-5": "C32k3v relu BN C64k3v relu BN MP dr.25 C128k3v relu MP C128k3v relu MP dr.25 "
    "F D1024 relu dr.5",
    "model-6": "C64k3v relu C64k3v relu MP dr.5 C64k3v relu C64k3v relu MP dr.5 C128k3v relu C128k3v relu MP "
    "F D1024 relu dr.2 D1024 relu dr.2",
    "model-7": _MODEL_7,
    "model-8": _MODEL_7,
}


def build(name: str, crop_px: int, classes: int, dropout: float) -> Any:
    """See :func:`training.networks.build`."""
    inputs, x = ends.face(crop_px)
    x = layer_notation.applied(LINES[name], layers.Rescaling(1 / 255)(x))
    return keras.Model(inputs, ends.logits(x, classes, dropout), name=name)

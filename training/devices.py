"""Which processors train: all GPUs together where there are several."""

from __future__ import annotations

import keras


def use_all(kind: str = "gpu") -> int:
    """Divide every batch over all devices of a kind, where there are at least two.

    Keras can do so with its JAX backend (``KERAS_BACKEND=jax``); under the others one device trains.

    Returns:
        How many devices will train.
    """
    if keras.backend.backend() != "jax":
        return 1
    try:
        devices = keras.distribution.list_devices(kind)
    except RuntimeError:  # there is none
        return 1
    if len(devices) > 1:
        keras.distribution.set_distribution(keras.distribution.DataParallel(devices=devices))
    return len(devices)

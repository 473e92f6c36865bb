"""Which processors train: all GPUs together where there are several."""

from __future__ import annotations

import logging

import keras

log = logging.getLogger(__name__)


def use_all(kind: str = "gpu") -> int:
    """Divide every batch over all devices of a kind, where there are at least two.

    Only under Keras' JAX backend; under another one GPU trains, and that is said.

    Returns:
        How many devices will train.
    """
    try:
        devices = keras.distribution.list_devices(kind)
    except RuntimeError:  # JAX, where there is none
        return 1
    if len(devices) < 2:
        return 1
    if keras.backend.backend() != "jax":
        log.warning("one of %d GPUs trains; KERAS_BACKEND=jax divides the work among them", len(devices))
        return 1
    keras.distribution.set_distribution(keras.distribution.DataParallel(devices=devices))
    return len(devices)

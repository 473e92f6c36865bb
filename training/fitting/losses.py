"""Cross-entropy against soft targets, at a temperature; in Keras operations alone."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="emotion_edge")
class SoftCrossEntropy(keras.losses.Loss):  # type: ignore[misc]  # Keras is untyped
    """``-sum(target * log_softmax(logits / T)) * T**2``, averaged over the batch.

    A target that is all zero adds nothing to the gradient, which TensorFlow's own cross-entropy
    does not grant. ``T**2`` keeps the gradient's size whatever the temperature (Hinton et al.
    2015, arXiv:1503.02531).
    """

    def __init__(self, temperature: float = 1.0, name: str = "soft_cross_entropy", **options: Any) -> None:
        super().__init__(name=name, **options)
        self.temperature = temperature

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """(N, C) targets and logits -> (N,)."""
        logs = ops.log_softmax(y_pred / self.temperature, axis=-1)
        return -ops.sum(ops.cast(y_true, logs.dtype) * logs, axis=-1) * self.temperature**2

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "temperature": self.temperature}

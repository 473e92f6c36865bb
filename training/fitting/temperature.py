"""One number that makes a network's confidence honest: softmax(logits / temperature).

Source: Guo et al. 2017, arXiv:1706.04599. Fitted on held-out faces only.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32] | npt.NDArray[np.float64]

BOUNDS = (0.1, 10.0)


def probabilities(logits: Array, temperature: float = 1.0) -> npt.NDArray[np.float64]:
    """(N, C) logits -> (N, C), each row summing to 1."""
    return np.exp(_log_softmax(logits, temperature))


def negative_log_likelihood(logits: Array, labels: npt.NDArray[np.int64], temperature: float = 1.0) -> float:
    """Mean over the faces, in nats."""
    return float(-_log_softmax(logits, temperature)[np.arange(len(labels)), labels].mean())


def fit(logits: Array, labels: npt.NDArray[np.int64]) -> float:
    """The temperature in :data:`BOUNDS` with the least negative log-likelihood, to three decimals.

    The likelihood has one minimum in the logarithm of the temperature, which the golden section finds.
    """
    best = _golden_section(
        lambda log_t: negative_log_likelihood(logits, labels, float(np.exp(log_t))), *np.log(BOUNDS)
    )
    return round(float(np.exp(best)), 3)


def _golden_section(
    cost: Callable[[float], float], low: float, high: float, precision: float = 1e-4
) -> float:
    ratio = (np.sqrt(5) - 1) / 2
    left, right = high - ratio * (high - low), low + ratio * (high - low)
    cost_left, cost_right = cost(left), cost(right)
    while high - low > precision:
        if cost_left < cost_right:
            high, right, cost_right = right, left, cost_left
            left = high - ratio * (high - low)
            cost_left = cost(left)
        else:
            low, left, cost_left = left, right, cost_right
            right = low + ratio * (high - low)
            cost_right = cost(right)
    return float((low + high) / 2)


def _log_softmax(logits: Array, temperature: float) -> npt.NDArray[np.float64]:
    scaled = logits.astype(np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    return np.asarray(scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True)))

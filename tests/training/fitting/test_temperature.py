from __future__ import annotations

import numpy as np
import pytest

from training.fitting import temperature


def sampled(heat: float, count: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Logits whose labels really are drawn from softmax(logits / heat)."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 3, (count, 7))
    shares = temperature.probabilities(logits, heat).cumsum(axis=1)
    return logits, (rng.random((count, 1)) > shares).sum(axis=1).clip(max=6)


@pytest.mark.parametrize("heat", [0.5, 1.0, 1.8, 4.0])
def test_the_temperature_that_made_the_labels_is_found(heat: float) -> None:
    assert temperature.fit(*sampled(heat)) == pytest.approx(heat, rel=0.05)


def test_no_other_temperature_is_more_likely() -> None:
    logits, labels = sampled(1.3, 500)
    best = temperature.negative_log_likelihood(logits, labels, temperature.fit(logits, labels))
    others = [temperature.negative_log_likelihood(logits, labels, t) for t in np.linspace(0.1, 10, 400)]
    assert best <= min(others) + 1e-6


def test_faces_without_an_error_stay_inside_the_bounds() -> None:
    logits = np.eye(7) * 2
    assert temperature.fit(logits, np.arange(7)) == pytest.approx(temperature.BOUNDS[0], abs=1e-3)


def test_probabilities_sum_to_one_at_any_size_of_logits() -> None:
    probabilities = temperature.probabilities(np.array([[1e4, -1e4, 0.0], [0.0, 0.0, 0.0]], np.float32), 0.5)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    np.testing.assert_allclose(probabilities[1], 1 / 3)


def test_likelihood_by_hand() -> None:
    logits = np.log(np.array([[0.5, 0.5], [0.8, 0.2]]))
    assert temperature.negative_log_likelihood(logits, np.array([0, 1])) == pytest.approx(
        -(np.log(0.5) + np.log(0.2)) / 2
    )

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation import metrics

#: 10 faces of three classes; 6 are right.
TRUTH = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 2])
GIVEN = np.array([0, 0, 0, 1, 1, 1, 0, 2, 0, 1])


def certain(given_labels: np.ndarray, classes: int = 3) -> np.ndarray:
    return np.asarray(np.eye(classes)[given_labels])


def test_the_confusion_matrix_has_true_classes_as_rows() -> None:
    assert metrics.confusion(TRUTH, GIVEN, 3).tolist() == [[3, 1, 0], [1, 2, 0], [1, 1, 1]]


def test_recall_is_none_for_a_class_without_a_face() -> None:
    assert metrics.recall(metrics.confusion(TRUTH, GIVEN, 4)) == [
        0.75,
        pytest.approx(2 / 3),
        pytest.approx(1 / 3),
        None,
    ]


def test_macro_f1_weighs_the_classes_alike() -> None:
    # by hand: 2*3/(4+5), 2*2/(3+4), 2*1/(3+1)
    expected = (6 / 9 + 4 / 7 + 2 / 4) / 3
    assert metrics.macro_f1(metrics.confusion(TRUTH, GIVEN, 3)) == pytest.approx(expected)


def test_all_figures_fit_together() -> None:
    figures = metrics.figures(certain(GIVEN), TRUTH, ("a", "b", "c"))
    assert (figures.images, figures.accuracy) == (10, 0.6)
    assert figures.recall == {"a": 0.75, "b": pytest.approx(2 / 3), "c": pytest.approx(1 / 3)}
    assert figures.ece == pytest.approx(0.4)  # certain, and right six times in ten
    assert figures.accuracy_95[0] < 0.6 < figures.accuracy_95[1]


def test_calibration_error_by_hand() -> None:
    # bin of .9: one right of two, gap .4; bin of .6: right, gap .4
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4]])
    error = metrics.expected_calibration_error(probabilities, np.array([0, 1, 0]), bins=10)
    assert error == pytest.approx((2 * 0.4 + 0.4) / 3)


def test_a_perfectly_calibrated_coin_has_no_error() -> None:
    probabilities = np.tile([0.75, 0.25], (4, 1))
    assert metrics.expected_calibration_error(probabilities, np.array([0, 0, 0, 1])) == pytest.approx(0)


@pytest.mark.parametrize(
    ("correct", "images", "low", "high"),
    [
        (0, 10, 0.0, 0.27753),
        (10, 10, 0.72247, 1.0),
        (6, 10, 0.31267, 0.83182),
        (2620, 3589, 0.71525, 0.74427),
    ],
)
def test_the_interval_is_wilsons(correct: int, images: int, low: float, high: float) -> None:
    # The bounds are what scipy.stats.binomtest gives with the method wilson.
    assert metrics.wilson_interval(correct, images) == pytest.approx((low, high), abs=2e-5)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60))
def test_scikit_learn_agrees(pairs: list[tuple[int, int]]) -> None:
    reference = pytest.importorskip("sklearn.metrics", reason="scikit-learn belongs to the training extra")
    truth, given_labels = np.array(pairs).T
    counts = metrics.confusion(truth, given_labels, 5)
    assert (counts == reference.confusion_matrix(truth, given_labels, labels=range(5))).all()
    assert metrics.macro_f1(counts) == pytest.approx(
        reference.f1_score(truth, given_labels, average="macro", zero_division=0)
    )


def test_no_faces_and_wrong_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="expected"):
        metrics.figures(np.zeros((0, 3)), np.zeros(0, np.int64), ("a", "b", "c"))
    with pytest.raises(ValueError, match="expected"):
        metrics.figures(certain(GIVEN), TRUTH, ("a", "b"))

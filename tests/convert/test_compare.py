from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from convert.compare import Comparison, GateRefused, Limits, calibration_error, compare, gate

GOOD = Comparison(
    images=1000,
    agreement=0.99,
    keras_accuracy=0.65,
    accuracy=0.647,
    accuracy_clean=0.64,
    ece=0.02,
    recall=(0.6, 0.7),
)


def one_hot(labels: list[int]) -> npt.NDArray[np.float32]:
    return np.eye(3, dtype=np.float32)[labels]


def compared(before: list[int], after: list[int], labels: list[int], copies: list[bool]) -> Comparison:
    return compare(one_hot(before), one_hot(after), np.array(labels), np.array(copies))


def test_agreement_and_accuracy_are_counted_over_all_faces() -> None:
    found = compared([0, 1, 2, 0], [0, 1, 1, 0], [0, 1, 2, 1], [False] * 4)

    assert found.images == 4
    assert found.agreement == pytest.approx(0.75)
    assert found.keras_accuracy == pytest.approx(0.75)
    assert found.accuracy == pytest.approx(0.5)
    assert found.drop_points == pytest.approx(25)


def test_the_clean_accuracy_leaves_out_copies_of_training_faces() -> None:
    found = compared([0, 1], [0, 1], [0, 2], [True, False])

    assert found.accuracy == pytest.approx(0.5)
    assert found.accuracy_clean == 0


def test_recall_is_per_class_and_no_number_where_the_class_has_no_face() -> None:
    found = compared([0] * 4, [0, 1, 1, 1], [0, 0, 1, 1], [False] * 4)

    assert found.recall[:2] == pytest.approx((0.5, 1.0))
    assert math.isnan(found.recall[2])


def test_only_copies_leave_no_clean_accuracy() -> None:
    assert math.isnan(compared([0], [0], [0], [True]).accuracy_clean)


def test_confidence_that_equals_accuracy_has_no_calibration_error() -> None:
    right = np.array([True] * 3 + [False])

    assert calibration_error(np.full(4, 0.75, dtype=np.float32), right) == pytest.approx(0)
    assert calibration_error(np.ones(4, dtype=np.float32), right) == pytest.approx(0.25)


def test_calibration_errors_of_two_bins_are_weighted_by_their_faces() -> None:
    confidence = np.array([0.5, 0.5, 0.5, 1.0], dtype=np.float32)

    assert calibration_error(confidence, np.array([True, True, True, False])) == pytest.approx(0.625)


def test_a_conversion_within_the_limits_passes() -> None:
    gate(GOOD, Limits())
    gate(replace(GOOD, agreement=0.98, keras_accuracy=0.5, accuracy=0.497), Limits())
    gate(replace(GOOD, accuracy=0.9), Limits())


def test_too_little_agreement_is_refused_with_both_figures() -> None:
    with pytest.raises(GateRefused, match=r"97\.10% of 1000 faces where at least 98\.00% is asked"):
        gate(replace(GOOD, agreement=0.971), Limits())


def test_too_large_a_drop_is_refused_with_its_points() -> None:
    with pytest.raises(
        GateRefused, match=r"falls by 2\.00 points \(65\.00% to 63\.00%\) where at most 0\.30"
    ):
        gate(replace(GOOD, accuracy=0.63), Limits())


def test_both_faults_are_told_at_once() -> None:
    with pytest.raises(GateRefused, match=r"(?s)agrees .*; accuracy falls"):
        gate(replace(GOOD, agreement=0.5, accuracy=0.4), Limits())


def test_figures_that_are_no_numbers_never_pass() -> None:
    with pytest.raises(GateRefused):
        gate(replace(GOOD, agreement=math.nan), Limits())
    with pytest.raises(GateRefused):
        gate(replace(GOOD, accuracy=math.nan), Limits())


def test_other_limits_can_be_stated() -> None:
    gate(replace(GOOD, agreement=0.5, accuracy=0.4), Limits(min_agreement=0.4, max_drop_points=30))

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.contract import golden
from edge.contract.golden import Golden
from edge.errors import ModelError

INPUTS = np.arange(24, dtype=np.uint8).reshape(2, 3, 4, 1)
FIRST = np.array([[1.0, -1.0], [0.5, 2.0]], dtype=np.float32)
SECOND = np.zeros((2, 5), dtype=np.float32)
GOLDEN = Golden(INPUTS, (FIRST, SECOND), tolerance=0.1)


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    golden.write(tmp_path / "golden.npz", GOLDEN)

    found = golden.read(tmp_path / "golden.npz")

    assert found.tolerance == pytest.approx(0.1)
    np.testing.assert_array_equal(found.inputs, INPUTS)
    for back, written in zip(found.outputs, GOLDEN.outputs, strict=True):
        np.testing.assert_array_equal(back, written)


def test_many_outputs_keep_their_order(tmp_path: Path) -> None:
    outputs = tuple(np.full((2, 1), index, dtype=np.float32) for index in range(12))
    golden.write(tmp_path / "golden.npz", Golden(INPUTS, outputs, 0.1))

    assert [float(o[0, 0]) for o in golden.read(tmp_path / "golden.npz").outputs] == list(range(12))


@given(st.floats(-1, 1, width=32))
def test_the_deviation_is_the_largest_difference(change: float) -> None:
    moved = FIRST.copy()
    moved[1, 1] += np.float32(change)

    assert golden.deviation(GOLDEN, (moved, SECOND)) == pytest.approx(abs(change), abs=1e-6)


def test_outputs_within_the_tolerance_pass_and_tell_their_deviation() -> None:
    assert golden.check(GOLDEN, (FIRST + 0.05, SECOND), "bundle") == pytest.approx(0.05, abs=1e-6)


def test_outputs_beyond_the_tolerance_are_refused_with_both_figures() -> None:
    with pytest.raises(ModelError, match=r"fer: the golden vectors deviate by 0\.25 where 0\.1 is allowed"):
        golden.check(GOLDEN, (FIRST + 0.25, SECOND), "fer")


@pytest.mark.parametrize(
    "outputs",
    [(FIRST,), (FIRST, SECOND[:, :4]), (FIRST * np.nan, SECOND), (FIRST * np.inf, SECOND)],
    ids=["one is missing", "another shape", "not a number", "infinite"],
)
def test_outputs_that_cannot_be_compared_never_pass(outputs: tuple[Any, ...]) -> None:
    assert golden.deviation(GOLDEN, outputs) == float("inf")
    with pytest.raises(ModelError):
        golden.check(GOLDEN, outputs, "fer")


def test_missing_golden_vectors_are_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="missing"):
        golden.read(tmp_path / "golden.npz")


@pytest.mark.parametrize(
    "arrays",
    [
        {"inputs": INPUTS, "outputs_0": FIRST},
        {"inputs": INPUTS, "tolerance": 0.1},
        {"inputs": INPUTS, "outputs_0": FIRST[:1], "tolerance": 0.1},
        {"inputs": INPUTS[:0], "outputs_0": FIRST[:0], "tolerance": 0.1},
        {"inputs": INPUTS.astype(np.float32), "outputs_0": FIRST, "tolerance": 0.1},
        {"inputs": INPUTS, "outputs_0": FIRST, "tolerance": float("nan")},
        {"inputs": INPUTS, "outputs_0": FIRST, "tolerance": 0.0},
        {"inputs": np.array([object()]), "outputs_0": FIRST, "tolerance": 0.1},
        {"inputs": INPUTS, "outputs_x": FIRST, "tolerance": 0.1},
    ],
)
def test_golden_vectors_that_prove_nothing_are_refused(tmp_path: Path, arrays: dict[str, Any]) -> None:
    np.savez(tmp_path / "golden.npz", **arrays)

    with pytest.raises(ModelError, match=r"golden\.npz"):
        golden.read(tmp_path / "golden.npz")


@pytest.mark.parametrize("kept", [0, 10, 400])
def test_a_truncated_file_is_refused(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "golden.npz"
    golden.write(path, GOLDEN)
    path.write_bytes(path.read_bytes()[:kept])

    with pytest.raises(ModelError, match="damaged golden vectors"):
        golden.read(path)

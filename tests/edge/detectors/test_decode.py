from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.detectors.decode import cell_centres, decode, ordered_heads

Floats = npt.NDArray[np.float32]


def heads(height: int = 4, width: int = 6, logit: float = -20.0) -> list[Floats]:
    """One level without a face."""
    return [
        np.full((height, width, 1), logit, dtype=np.float32),
        np.zeros((height, width, 4), dtype=np.float32),
    ]


def test_a_cell_gives_the_box_round_its_own_centre() -> None:
    maps = heads()
    maps[0][1, 2] = 3.0
    maps[1][1, 2] = [0.25, -0.5, np.log(2), np.log(3)]
    boxes, scores = decode(maps, (8,), 0.5)
    # The cell's centre is (20, 12); the face's (22, 8), 16 wide and 24 high.
    assert boxes.tolist() == [[pytest.approx(14), pytest.approx(-4), pytest.approx(30), pytest.approx(20)]]
    assert scores.tolist() == [pytest.approx(1 / (1 + np.exp(-3)))]


def test_the_levels_have_their_own_strides() -> None:
    maps = [*heads(2, 2), *heads(1, 1, logit=5.0)]
    boxes, _ = decode(maps, (8, 16), 0.5)
    assert boxes.tolist() == [[0, 0, 16, 16]]


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -float("inf")])
def test_cells_that_are_no_number_give_no_box(wrong: float) -> None:
    maps = heads(1, 3, logit=5.0)
    maps[0][0, 0] = float("nan")
    maps[1][0, 1, 0] = wrong
    boxes, scores = decode(maps, (8,), 0.5)
    assert len(boxes) == len(scores) == 1
    assert boxes[0, 0] == 16


def test_a_huge_size_is_bounded_and_finite() -> None:
    maps = heads(1, 1, logit=5.0)
    maps[1][...] = 1000.0
    boxes, _ = decode(maps, (8,), 0.5)
    assert np.isfinite(boxes).all()


@given(st.floats(0.01, 0.99), st.floats(-8, 8))
def test_a_cell_counts_from_the_score_on(score: float, logit: float) -> None:
    _, scores = decode(heads(1, 1, logit), (8,), score)
    certain = 1 / (1 + np.exp(-logit))
    if abs(certain - score) > 1e-5:
        assert len(scores) == (certain >= score)


def test_a_score_of_zero_takes_every_cell() -> None:
    assert len(decode(heads(), (8,), 0.0)[0]) == 24


def test_cell_centres_follow_the_order_of_the_maps() -> None:
    centres, strides = cell_centres(16, 32, (8, 16))
    assert centres[:5].tolist() == [[4, 4], [12, 4], [20, 4], [28, 4], [4, 12]]
    assert centres[8:].tolist() == [[8, 8], [24, 8]]
    assert strides.tolist() == [8] * 8 + [16] * 2


def test_outputs_in_any_order_are_told_apart() -> None:
    maps = [*heads(2, 4), *heads(1, 2)]
    outputs = [one[None] for one in maps]
    ordered = ordered_heads([outputs[i] for i in (3, 0, 2, 1)], 16, 32, (8, 16))
    assert [one.shape for one in ordered] == [one.shape for one in maps]


def test_outputs_of_another_network_are_refused() -> None:
    with pytest.raises(ValueError, match=r"outputs have the shapes .* expected"):
        ordered_heads([np.zeros((1, 7), dtype=np.float32)], 16, 32, (8, 16))

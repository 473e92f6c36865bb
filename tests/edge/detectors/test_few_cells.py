from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.detectors import compact
from edge.detectors.compact import load_verified
from edge.detectors.decode import Floats, decode, lit_cells
from edge.detectors.few_cells import faces
from edge.detectors.nms import suppress
from tests.edge.detectors.test_compact import white_square
from tests.fixtures.tiny_bundles import TINY_DETECTOR

STRIDES = (8, 16)
IOU = 0.4


def random_heads(seed: int, lit: int) -> list[Floats]:
    """Two levels of a picture of 96x64 px; so many of their 120 cells show something, some of it the same.

    Their logits lie so far apart that their scores differ in float32, too: of equal ones any order is right.
    """
    random = np.random.default_rng(seed)
    logits = np.full(8 * 12 + 4 * 6, -6, np.float32)
    logits[random.choice(len(logits), lit, replace=False)] = random.permutation(np.linspace(0.5, 6, lit))
    boxes = random.normal(0, 1.2, (len(logits), 4)).astype(np.float32)
    return [
        logits[:96].reshape(8, 12, 1), boxes[:96].reshape(8, 12, 4),
        logits[96:].reshape(4, 6, 1), boxes[96:].reshape(4, 6, 4),
    ]  # fmt: skip


def of_few(heads: list[Floats], score: float = 0.6, iou: float = IOU) -> Floats:
    every, lit = lit_cells(heads, score)
    return np.reshape(np.array(faces(heads, STRIDES, every, lit.tolist(), iou), np.float32), (-1, 5))


def of_many(heads: list[Floats], score: float = 0.6, iou: float = IOU) -> Floats:
    boxes, scores = decode(heads, STRIDES, score)
    kept = suppress(boxes, scores, iou)
    return np.column_stack([boxes[kept], scores[kept]])


# Not at random: one pair in a million overlaps by so nearly the bound that rounding decides.
@settings(derandomize=True, max_examples=300)
@given(st.integers(0, 10_000), st.integers(0, 60), st.sampled_from([0.2, IOU, 0.7]))
def test_few_cells_give_what_many_would(seed: int, lit: int, iou: float) -> None:
    heads = random_heads(seed, lit)
    np.testing.assert_allclose(of_few(heads, iou=iou), of_many(heads, iou=iou), 1e-4, 1e-3)


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -float("inf"), 1000.0])
def test_boxes_that_are_no_numbers_or_huge_are_treated_alike(number: int, wrong: float) -> None:
    heads = random_heads(3, 5)
    row, column = np.argwhere(heads[0][..., 0] > 0)[0]
    heads[1][row, column, number] = wrong
    np.testing.assert_allclose(of_few(heads), of_many(heads), 1e-4, 1e-3)


def test_maps_that_lie_channel_after_channel_in_memory_are_read_alike() -> None:
    heads = random_heads(5, 20)
    turned = [np.moveaxis(np.ascontiguousarray(np.moveaxis(one, -1, 0)), 0, -1) for one in heads]
    assert not turned[1].flags.c_contiguous
    np.testing.assert_array_equal(of_few(turned), of_few(heads))


def test_the_lowest_score_takes_cells_of_any_logit() -> None:
    heads = random_heads(7, 0)
    heads[0][...] = heads[2][...] = -1e4
    assert of_few(heads, score=0.0, iou=1.0)[:, 4].tolist() == [0] * 120


def test_the_detector_finds_the_same_either_way(monkeypatch: pytest.MonkeyPatch) -> None:
    detector = load_verified(TINY_DETECTOR, score=0.2, input_px=240, nms_iou=0.9)
    few = detector.detect(white_square())
    monkeypatch.setattr(compact, "FEW_CELLS", -1)
    many = detector.detect(white_square())
    assert len(few) > 1
    for one, other in zip(few, many, strict=True):
        assert one.box == pytest.approx(other.box, abs=1e-3)
        assert one.score == pytest.approx(other.score, abs=1e-6)

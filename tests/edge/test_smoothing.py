from __future__ import annotations

import math

import numpy as np
import pytest

from edge.smoothing import Smoother, SmoothingLimits
from tests.builders import LABELS, track

HAPPY, SAD = LABELS.index("happy"), LABELS.index("sad")


def one_hot(index: int) -> np.ndarray:
    return np.eye(len(LABELS), dtype=np.float32)[[index]]


def smoother(time_constant_s: float = 1.0, abstain_below: float = 0.35) -> Smoother:
    return Smoother(LABELS, SmoothingLimits(time_constant_s, abstain_below))


def test_the_first_observation_is_taken_as_it_is() -> None:
    (seen,) = smoother().update([track()], one_hot(HAPPY), 0.0)
    assert seen.label == "happy"
    assert seen.probabilities[HAPPY] == 1


def test_one_odd_frame_does_not_change_the_label() -> None:
    smoothed = smoother()
    labels = [
        smoothed.update([track()], one_hot(SAD if i == 5 else HAPPY), i * 0.1)[0].label for i in range(10)
    ]
    assert labels == ["happy"] * 10


@pytest.mark.parametrize("steps", [1, 4, 40])
def test_smoothing_means_the_same_at_every_frame_rate(steps: int) -> None:
    smoothed = smoother(time_constant_s=1.0)
    smoothed.update([track()], one_hot(HAPPY), 0.0)
    for i in range(1, steps + 1):
        (seen,) = smoothed.update([track()], one_hot(SAD), i / steps)
    assert seen.probabilities[SAD] == pytest.approx(1 - math.exp(-1), abs=1e-5)


def test_without_a_time_constant_nothing_is_smoothed() -> None:
    smoothed = smoother(time_constant_s=0)
    for index in (HAPPY, SAD, HAPPY):
        (seen,) = smoothed.update([track()], one_hot(index), 0.0)
        assert seen.label == LABELS[index]


def test_an_unsure_face_gets_no_label() -> None:
    flat = np.full((1, len(LABELS)), 1 / len(LABELS), np.float32)
    (seen,) = smoother(abstain_below=0.35).update([track()], flat, 0.0)
    assert seen.label is None


def test_tracks_do_not_mix_and_ended_ones_are_forgotten() -> None:
    smoothed = smoother()
    smoothed.update([track(1), track(2)], np.concatenate([one_hot(HAPPY), one_hot(SAD)]), 0.0)
    smoothed.forget([track(2)])
    first, second = smoothed.update([track(1), track(2)], np.concatenate([one_hot(SAD), one_hot(SAD)]), 0.01)
    assert first.probabilities[HAPPY] == 0
    assert second.label == "sad"


def test_a_nan_makes_the_track_abstain_and_does_not_poison_its_memory() -> None:
    smoothed = smoother()
    smoothed.update([track()], one_hot(HAPPY), 0.0)
    (broken,) = smoothed.update([track()], np.full((1, len(LABELS)), np.nan, np.float32), 0.1)
    (after,) = smoothed.update([track()], one_hot(HAPPY), 0.2)
    assert broken.label is None
    assert after.label == "happy"
    assert np.isfinite(after.probabilities).all()


def test_a_track_that_is_not_read_keeps_its_label_and_an_unknown_one_abstains() -> None:
    smoothed = smoother()
    smoothed.update([track(1)], one_hot(SAD), 0.0)
    assert smoothed.recall(track(1)).label == "sad"
    assert smoothed.recall(track(2)).label is None

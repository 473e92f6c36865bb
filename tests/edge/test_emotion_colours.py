from __future__ import annotations

import pytest

from edge.contract.labels import LABEL_SETS
from edge.dashboard.palette import EMOTIONS
from edge.emotion_colours import colour_of


@pytest.mark.parametrize("labels", LABEL_SETS.values(), ids=LABEL_SETS)
def test_each_emotion_of_a_label_set_has_a_colour_of_its_own_wherever_it_is_drawn(
    labels: tuple[str, ...],
) -> None:
    assert len({colour_of(label) for label in labels} - {None}) == len(labels)
    assert [EMOTIONS[label] for label in labels] == [colour_of(label) for label in labels]


def test_one_emotion_has_one_colour_whatever_it_is_called() -> None:
    assert colour_of("sadness") == colour_of("sad") is not None
    assert colour_of("bored") is None

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.batches import number_of_each, sizes
from deploy.rollout_settings import Batch

BATCHES = st.lists(
    st.one_of(st.integers(1, 100), st.integers(1, 100).map(lambda share: f"{share}%")), min_size=1
)


@pytest.mark.parametrize(
    ("hosts", "canaries", "batches", "expected"),
    [
        (50, 0, (1, "10%", "50%", "100%"), [1, 5, 25, 19]),
        (50, 2, (1, "10%", "50%", "100%"), [2, 1, 5, 25, 17]),
        (3, 1, (1, "10%", "50%", "100%"), [1, 1, 1]),
        (5, 5, (1,), [5]),
        (5, 0, (2,), [2, 2, 1]),
        (1, 0, ("100%",), [1]),
        (4, 0, ("10%",), [1, 1, 1, 1]),
        (200, 0, ("50%",), [100, 100]),
    ],
)
def test_canaries_come_first_then_the_batches_and_the_last_is_repeated(
    hosts: int, canaries: int, batches: tuple[Batch, ...], expected: list[int]
) -> None:
    assert sizes(hosts, canaries, batches) == expected


@given(st.integers(1, 300), st.integers(0, 300), BATCHES)
def test_every_host_has_its_turn_once(hosts: int, canaries: int, batches: list[Batch]) -> None:
    steps = sizes(hosts, min(canaries, hosts), batches)
    assert sum(steps) == hosts
    assert min(steps) >= 1
    numbers = number_of_each(steps)
    assert len(numbers) == hosts
    assert numbers == sorted(numbers)

from __future__ import annotations

import pytest

from edge.bench.in_process import Cost
from edge.bench.rounds import Spread, alternate, cpu_ms, difference_us, ratio


def cost(cpu_s: float, frames: int = 100) -> Cost:
    return Cost(frames=frames, cpu_s=cpu_s, wall_s=cpu_s)


def test_each_way_runs_once_a_round_and_none_is_always_first() -> None:
    order: list[str] = []

    def way(name: str) -> Cost:
        order.append(name)
        return cost(1.0)

    costs = alternate({"a": lambda: way("a"), "b": lambda: way("b")}, rounds=3)
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert {name: len(found) for name, found in costs.items()} == {"a": 3, "b": 3}


def test_ratios_are_taken_round_by_round_so_that_a_slow_minute_cancels() -> None:
    device, limit = [cost(1.1), cost(4.4), cost(2.2)], [cost(1.0), cost(4.0), cost(2.0)]
    assert ratio(device, limit) == Spread(1.1, 1.1, 1.1, 3)
    assert difference_us(device, limit).median == pytest.approx(2000.0)


def test_a_cost_is_for_one_frame() -> None:
    assert cpu_ms([cost(0.5, frames=50)]) == Spread(10.0, 10.0, 10.0, 1)


def test_a_spread_is_the_median_and_its_quartiles() -> None:
    assert Spread.of([1.0, 2.0, 3.0, 4.0, 50.0]) == Spread(3.0, 2.0, 4.0, 5)
    assert Spread.of([1.0, 3.0]) == Spread(2.0, 1.0, 3.0, 2)

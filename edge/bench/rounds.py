"""Two or more ways of doing the same, in turn, so that a noisy machine disturbs all alike."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from edge.bench.in_process import Cost


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure over rounds: its median and the quartiles around it."""

    median: float
    low: float
    high: float
    rounds: int

    @classmethod
    def of(cls, values: Sequence[float], digits: int = 4) -> Spread:
        """Of at least one value; below three the quartiles are the extremes."""
        few = len(values) < 3
        low, _, high = (
            (min(values), 0.0, max(values)) if few else statistics.quantiles(values, method="inclusive")
        )
        median = statistics.median(values)
        return cls(round(median, digits), round(low, digits), round(high, digits), len(values))


def alternate(ways: Mapping[str, Callable[[], Cost]], rounds: int) -> dict[str, list[Cost]]:
    """Each way once a round; every second round in reverse, so that none is always first."""
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    for number in range(rounds):
        order = list(ways) if number % 2 == 0 else list(ways)[::-1]
        for name in order:
            costs[name].append(ways[name]())
    return costs


def cpu_ms(costs: Sequence[Cost]) -> Spread:
    """Milliseconds of processor for a frame."""
    return Spread.of([cost.cpu_ms_per_frame for cost in costs])


def ratio(costs: Sequence[Cost], to: Sequence[Cost]) -> Spread:
    """How many times the processor of the other, round by round."""
    return Spread.of(
        [one.cpu_ms_per_frame / other.cpu_ms_per_frame for one, other in zip(costs, to, strict=True)]
    )


def difference_us(costs: Sequence[Cost], to: Sequence[Cost]) -> Spread:
    """How many microseconds of processor more for a frame, round by round."""
    pairs = zip(costs, to, strict=True)
    return Spread.of([1000 * (one.cpu_ms_per_frame - other.cpu_ms_per_frame) for one, other in pairs], 1)

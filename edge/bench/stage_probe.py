"""Times functions where they are called, by putting a clock around them for a while."""

from __future__ import annotations

import functools
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np


class Seam(NamedTuple):
    """A function that is one stage, and where its callers look it up: an attribute of a module or class."""

    stage: str
    owner: Any
    attribute: str


@dataclass(frozen=True, slots=True)
class StageSummary:
    """One stage over a run; what it called that is a stage of its own is not in its times.

    Attributes:
        share: Of the time of all stages, 0..1.
    """

    stage: str
    calls: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    total_ms: float
    share: float


class StageProbe:
    """Milliseconds of every call of some seams, while :meth:`watching`; for one thread."""

    def __init__(self, clock_s: Callable[[], float] = time.perf_counter) -> None:
        self._clock_s = clock_s
        self._calls_ms: dict[str, list[float]] = defaultdict(list)
        #: Stage of each call that is under way, and the time that the stages inside it took.
        self._under_way: list[tuple[str, float]] = []

    @contextmanager
    def watching(self, seams: Iterable[Seam]) -> Iterator[StageProbe]:
        """Put the clocks in; they are gone afterwards, whatever happens."""
        with ExitStack() as restoring:
            for seam in seams:
                # A class's own function, not what looking it up on the class would bind.
                original = vars(seam.owner)[seam.attribute]
                restoring.callback(setattr, seam.owner, seam.attribute, original)
                setattr(seam.owner, seam.attribute, self.timed(seam.stage, original))
            yield self

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function with a clock around it."""

        @functools.wraps(function)
        def called(*arguments: Any, **named: Any) -> Any:
            if self._under_way and self._under_way[-1][0] == stage:  # a function of the stage helps another
                return function(*arguments, **named)
            self._under_way.append((stage, 0.0))
            began_s = self._clock_s()
            try:
                return function(*arguments, **named)
            finally:
                took_s = self._clock_s() - began_s
                self._calls_ms[stage].append((took_s - self._under_way.pop()[1]) * 1000)
                if self._under_way:
                    outer, inner_s = self._under_way[-1]
                    self._under_way[-1] = outer, inner_s + took_s

        return called

    def summaries(self) -> list[StageSummary]:
        """All stages that were called, in the order of their first return."""
        everything_ms = sum(map(sum, self._calls_ms.values())) or 1.0
        return [_summary(stage, calls, everything_ms) for stage, calls in self._calls_ms.items()]


def _summary(stage: str, calls_ms: list[float], everything_ms: float) -> StageSummary:
    p50_ms, p95_ms, p99_ms = (round(float(q), 4) for q in np.percentile(calls_ms, [50, 95, 99]))
    total_ms = sum(calls_ms)
    return StageSummary(
        stage, len(calls_ms), p50_ms, p95_ms, p99_ms, round(total_ms, 2), round(total_ms / everything_ms, 4)
    )

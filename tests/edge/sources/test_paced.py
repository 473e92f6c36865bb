from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from edge.sources.footage import Footage, Picture
from edge.sources.landing import Heap
from edge.sources.paced import PacedSource
from tests.edge.sources.films import plain


class FakeFootage:
    """Pictures at the given media times."""

    fps = 10.0
    recorded_utc_s = 0.0
    damaged = 0

    def __init__(self, times_s: list[float]) -> None:
        self.left = list(times_s)
        self.closed = False

    def next(self) -> Picture | None:
        return Picture(plain(1), self.left.pop(0)) if self.left else None

    def close(self) -> None:
        self.closed = True


class CountingLanding(Heap):
    def __init__(self) -> None:
        self.beats = 0

    def beat(self) -> None:
        self.beats += 1


@dataclass
class FakeTime:
    now_s: float = 100.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds


@dataclass
class Cinema:
    """A source under test, with everything it touches."""

    times_s: list[float]
    loop: bool = False
    paced: bool = True
    clock: FakeTime = field(default_factory=FakeTime)
    landing: CountingLanding = field(default_factory=CountingLanding)
    opened: list[FakeFootage] = field(default_factory=list)

    def open(self) -> PacedSource:
        def reopen() -> Footage:
            self.opened.append(FakeFootage(self.times_s))
            return self.opened[-1]

        return PacedSource(
            "hall", reopen, self.landing, loop=self.loop, paced=self.paced, monotonic=self.clock.monotonic,
            utc=lambda: self.clock.now_s + 1e9, sleep=self.clock.sleep,
        )  # fmt: skip


def stamps(source: PacedSource, count: int) -> list[float]:
    return [frame.monotonic_s for frame in (source.read() for _ in range(count)) if frame]


def test_frames_come_at_the_rate_of_the_film_stamped_by_the_real_clock() -> None:
    source = Cinema([0.0, 0.1, 0.2]).open()

    assert stamps(source, 3) == pytest.approx([100.0, 100.1, 100.2])
    assert source.read() is None


def test_fastest_never_waits() -> None:
    cinema = Cinema([0.0, 0.1, 0.2], paced=False)

    assert stamps(cinema.open(), 3) == [100.0, 100.0, 100.0]
    assert cinema.clock.slept == []


def test_a_loop_goes_on_at_the_same_pace_and_counts_on() -> None:
    cinema = Cinema([0.0, 0.1], loop=True)
    source = cinema.open()

    frames = [source.read() for _ in range(5)]

    assert [f.monotonic_s for f in frames if f] == pytest.approx([100.0, 100.1, 100.2, 100.3, 100.4])
    assert [f.index for f in frames if f] == [0, 1, 2, 3, 4]
    assert [footage.closed for footage in cinema.opened] == [True, True, False]


def test_signs_of_life_are_given_during_a_long_pause() -> None:
    cinema = Cinema([0.0, 12.0])

    stamps(cinema.open(), 2)

    assert max(cinema.clock.slept) <= 0.5
    assert cinema.landing.beats >= 24


def test_a_slow_pipeline_shifts_the_film_instead_of_causing_a_burst() -> None:
    cinema = Cinema([0.0, 0.1, 0.2, 0.3])
    source = cinema.open()
    stamps(source, 1)
    cinema.clock.now_s += 30.0

    assert stamps(source, 3) == pytest.approx([130.0, 130.1, 130.2])

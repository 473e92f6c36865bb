from __future__ import annotations

import types

import pytest

from edge.bench.stage_probe import Seam, StageProbe


class Clock:
    """Goes on only where the test says so."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s

    def spend(self, seconds: float) -> None:
        self.now_s += seconds


class Kitchen:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def cook(self) -> str:
        self._clock.spend(0.010)
        self.chop()
        return "soup"

    def chop(self) -> None:
        self._clock.spend(0.005)

    def burn(self) -> None:
        self._clock.spend(0.002)
        raise ValueError("burnt")


def test_what_a_stage_calls_that_is_another_stage_is_not_in_its_time() -> None:
    clock = Clock()
    probe = StageProbe(clock)
    with probe.watching([Seam("cook", Kitchen, "cook"), Seam("chop", Kitchen, "chop")]):
        assert Kitchen(clock).cook() == "soup"
    assert {stage.stage: stage.total_ms for stage in probe.summaries()} == {"chop": 5.0, "cook": 10.0}
    assert {stage.stage: stage.share for stage in probe.summaries()} == pytest.approx(
        {"chop": 1 / 3, "cook": 2 / 3}, abs=1e-3
    )


def test_two_functions_of_one_stage_that_call_each_other_are_one_call() -> None:
    clock = Clock()
    probe = StageProbe(clock)
    with probe.watching([Seam("kitchen", Kitchen, "cook"), Seam("kitchen", Kitchen, "chop")]):
        Kitchen(clock).cook()
    (stage,) = probe.summaries()
    assert (stage.calls, stage.total_ms) == (1, 15.0)


def test_the_clocks_are_gone_afterwards_even_after_an_error() -> None:
    clock, before = Clock(), dict(vars(Kitchen))
    probe = StageProbe(clock)
    with pytest.raises(ValueError, match="burnt"), probe.watching([Seam("burn", Kitchen, "burn")]):
        Kitchen(clock).burn()
    assert dict(vars(Kitchen)) == before
    (stage,) = probe.summaries()
    assert stage.total_ms == 2.0


def test_a_function_of_a_module_is_a_seam_too() -> None:
    clock, module = Clock(), types.ModuleType("kitchen")
    module.__dict__["wait"] = lambda: clock.spend(0.1)
    probe = StageProbe(clock)
    with probe.watching([Seam("wait", module, "wait")]):
        for _ in range(4):
            module.__dict__["wait"]()
    (stage,) = probe.summaries()
    assert (stage.calls, stage.p50_ms, stage.p99_ms) == (4, 100.0, 100.0)

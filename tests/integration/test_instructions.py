"""A bound on what the stages without a network execute, counted and so the same on a noisy machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.instructions import available, instructions_per_frame

#: Instructions of a frame, with four faces where it does not say otherwise, a third above what was counted
#: with Python 3.11 and NumPy 2.4.
BOUNDS = {
    "slot": 48_000,
    "decode heads": 460_000,
    "decode and suppress one face": 374_000,
    "track": 267_000,
    "smooth": 219_000,
    "aggregate": 50_000,
    "encode": 233_000,
}


@pytest.mark.integration
@pytest.mark.parametrize("stage", BOUNDS)
def test_a_stage_executes_no_more_than_it_did(stage: str, tmp_path: Path) -> None:
    if not available():
        pytest.skip("valgrind is not installed: apt install valgrind")
    assert instructions_per_frame(stage, tmp_path) <= BOUNDS[stage]

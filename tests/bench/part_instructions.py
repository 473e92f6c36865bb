"""Instructions of the stages without a network: the machine-independent measure."""

from __future__ import annotations

from pathlib import Path

from tests.bench.counted_stage import FACES, STAGES
from tests.bench.instructions import available, instructions_per_frame
from tests.bench.part import Figures, Part, table


def _measure(work: Path) -> Figures:
    if not available():
        return {}
    return {stage: instructions_per_frame(stage, work) for stage in STAGES}


def _tell(figures: Figures) -> list[str]:
    if not figures:
        return ["valgrind is not installed: apt install valgrind"]
    rows = [[stage, f"{count:,}"] for stage, count in figures.items()]
    return [
        f"A frame with {FACES} faces, counted by valgrind's callgrind in user space.",
        "",
        *table(["stage", "instructions a frame"], rows),
    ]


PART = Part("instructions", "Instructions", _measure, _tell)

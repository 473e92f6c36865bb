"""One part of the benchmark's report: what it measures, and how that is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Plain values, kept as JSON between runs.
Figures = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """A section of the report.

    Attributes:
        measure: Gets a folder for films and logs.
        tell: Markdown lines of the figures.
    """

    name: str
    title: str
    measure: Callable[[Path], Figures]
    tell: Callable[[Figures], list[str]]


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(str(cell) for cell in line)} |" for line in lines]


def spread(figures: Figures, form: str = ".2f", factor: float = 1.0) -> str:
    """A :class:`edge.bench.rounds.Spread` as plain values: median and quartiles."""
    low, median, high = (format(factor * figures[name], form) for name in ("low", "median", "high"))
    return f"{median} ({low} to {high})"

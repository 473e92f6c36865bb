"""What a row of the torture found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Size = Literal["fast", "full"]


@dataclass(frozen=True)
class Finding:
    """One measured figure and whether it is within its bound."""

    what: str
    value: float
    bound: str
    holds: bool

    def __str__(self) -> str:
        value = f"{self.value:.2f}".rstrip("0").rstrip(".")
        return f"{self.what}: {value} (must be {self.bound})" + ("" if self.holds else " **FAILED**")


def exactly(what: str, value: float, wanted: float) -> Finding:
    return Finding(what, value, f"{wanted:g}", value == wanted)


def at_most(what: str, value: float, bound: float) -> Finding:
    return Finding(what, value, f"at most {bound:g}", value <= bound)


def at_least(what: str, value: float, bound: float) -> Finding:
    return Finding(what, value, f"at least {bound:g}", value >= bound)


@dataclass(frozen=True)
class Row:
    """One fault: how it is made, and what makes it.

    ``run`` gets an empty folder and the size, and returns what it found.
    """

    name: str
    how: str
    run: Callable[[Path, Size], list[Finding]]

"""From windows to seconds by emotion in steps of time (pure): what the timeline is summed from.

A step belongs to each window by the time that they share, so windows of any length fit steps of any length.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from edge.dashboard.palette import HIDDEN, NO_LABEL, NOBODY
from edge.dashboard.payloads import Window

#: Lengths of the steps that are kept, one for each span that can be looked at.
STEPS_S = (10, 60, 300, 900, 7200)


class Part(NamedTuple):
    """So many seconds of a step went to a part: an emotion, or one of the palette's other words."""

    step: int
    name: str
    seconds: float


def parts(window: Window) -> dict[str, float]:
    """Shares of a window's time by part; they sum to 1."""
    if window.shares is None:
        return {HIDDEN: 1.0}
    total = sum(window.shares.values())
    unsure = window.abstained_share or 0.0
    if total <= 0:
        return {NO_LABEL: 1.0} if unsure > 0 else {NOBODY: 1.0}
    # Rounded shares need not sum to 1.
    found = {label: (1 - unsure) * share / total for label, share in window.shares.items() if share > 0}
    return found | ({NO_LABEL: unsure} if unsure > 0 else {})


def spread(window: Window, step_s: int) -> Iterator[Part]:
    """A window's time over steps number ``step``, which begin at ``step * step_s``."""
    shares = parts(window)
    for step in range(math.floor(window.start / step_s), math.ceil(window.end / step_s)):
        common_s = min(window.end, (step + 1) * step_s) - max(window.start, step * step_s)
        for name, share in shares.items():
            yield Part(step, name, share * common_s)

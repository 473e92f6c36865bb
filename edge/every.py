"""Something that is due again and again."""

from __future__ import annotations


class Every:
    """Due when the clock reaches ``first_s``, then every ``period_s``; lateness is not made up for."""

    def __init__(self, period_s: float, first_s: float) -> None:
        self._period_s, self._due_s = period_s, first_s

    def due(self, now_s: float) -> bool:
        """Whether it is time, once."""
        if now_s < self._due_s:
            return False
        self._due_s = now_s + self._period_s
        return True

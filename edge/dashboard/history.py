"""Timelines from the store, for all viewers of the page; computed anew only as often as they can differ."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge.dashboard.choice import Choice, Span
from edge.dashboard.store import Store
from edge.dashboard.timeline import as_json, first_step, lanes

_MOST_KEPT = 32


class History:
    """Timelines by choice and span; for any thread."""

    def __init__(self, path: Path, utc_s: Callable[[], float] = time.time) -> None:
        self._path, self._utc_s = path, utc_s
        self._lock = threading.Lock()
        self._kept: dict[tuple[Choice, Span], tuple[float, dict[str, Any]]] = {}

    @staticmethod
    def refresh_s(span: Span) -> float:
        """How often a timeline is worth looking at again: a step moves by a twentieth."""
        return max(2.0, span.step_s / 20)

    def timeline(self, choice: Choice, span: Span) -> dict[str, Any]:
        """What the page draws, at most :meth:`refresh_s` old."""
        with self._lock:
            now_s = self._utc_s()
            kept = self._kept.get((choice, span))
            if kept is not None and 0 <= now_s - kept[0] < self.refresh_s(span):
                return kept[1]
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            found = self._timeline(choice, span, now_s)
            self._kept[choice, span] = (now_s, found)
            return found

    def _timeline(self, choice: Choice, span: Span, now_s: float) -> dict[str, Any]:
        store = Store(self._path)
        try:
            first = first_step(span, now_s)
            found = lanes(store.coverage(choice), store.sums(span.step_s, first, choice), span, now_s)
        finally:
            store.close()
        return {
            "start_s": first * span.step_s,
            "step_s": span.step_s,
            "steps": span.seconds // span.step_s,
            "lanes": [as_json(lane) for lane in found],
        }

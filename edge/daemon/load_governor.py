"""Fewer frames a second while the machine is too slow or too hot, and more again when it is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from edge.settings import LoadSettings

#: How long the reasons must last before the rate goes down a step, and before it goes up one.
_DOWN_AFTER_S, _UP_AFTER_S = 5.0, 60.0
#: Cooler than the bound by so much before it goes up: else it would swing.
_COOLER_C = 5.0
#: What the next step up may be expected to need at most, as a part of the bound.
_ROOM = 0.9

Reason = Literal["busy", "hot"]


class LoadGovernor:
    """Decides the limit from how busy the loop was since the last look; time is an argument."""

    def __init__(
        self, settings: LoadSettings, temperature_c: Callable[[], float | None], now_s: float
    ) -> None:
        self._settings, self._temperature_c = settings, temperature_c
        self._steps: list[float | None] = [None, *sorted(settings.steps_fps, reverse=True)]
        self._step = 0
        self._waited_s, self._looked_s = 0.0, now_s
        self._pressed_since_s: float | None = None
        self._calm_since_s: float | None = None
        self.reason: Reason | None = None

    @property
    def fps_limit(self) -> float | None:
        """Frames a second that each live camera may have analysed, None for all."""
        return self._steps[self._step]

    def waited(self, seconds: float) -> None:
        """The loop had nothing to do for so long."""
        self._waited_s += seconds

    def look(self, now_s: float) -> bool:
        """Judge the time since the last look; whether the limit has changed."""
        span_s = now_s - self._looked_s
        if not self._settings.adapt or span_s <= 0:
            return False
        busy = 1 - self._waited_s / span_s
        self._waited_s, self._looked_s = 0.0, now_s
        pressure = self._pressure(busy)
        if pressure is not None:
            self._calm_since_s = None
            self._pressed_since_s = now_s if self._pressed_since_s is None else self._pressed_since_s
            return self._lasts(self._pressed_since_s, now_s, _DOWN_AFTER_S) and self._move(1, pressure)
        self._pressed_since_s = None
        if not self._room_above(busy):
            self._calm_since_s = None
            return False
        self._calm_since_s = now_s if self._calm_since_s is None else self._calm_since_s
        return self._lasts(self._calm_since_s, now_s, _UP_AFTER_S) and self._move(-1, self.reason)

    def _pressure(self, busy: float) -> Reason | None:
        temperature = self._temperature_c()
        if temperature is not None and temperature >= self._settings.hot_c:
            return "hot"
        return "busy" if busy > self._settings.busy_share else None

    def _room_above(self, busy: float) -> bool:
        """Whether the next step up would fit, by what the present one needs."""
        if self._step == 0:
            return False
        here, above = self._steps[self._step], self._steps[self._step - 1]
        growth = above / here if above and here else 2.0
        temperature = self._temperature_c()
        cool = temperature is None or temperature < self._settings.hot_c - _COOLER_C
        return cool and busy * growth <= self._settings.busy_share * _ROOM

    def _lasts(self, since_s: float, now_s: float, long_s: float) -> bool:
        return now_s - since_s >= long_s

    def _move(self, steps: int, reason: Reason | None) -> bool:
        before = self._step
        self._step = min(max(self._step + steps, 0), len(self._steps) - 1)
        self._pressed_since_s = self._calm_since_s = None
        self.reason = reason if self._step else None
        return self._step != before

"""Time, so that a test need not wait."""

from __future__ import annotations

import time


class Clock:
    """The clocks of the machine."""

    def utc_s(self) -> float:
        """Seconds since 1970; may step."""
        return time.time()

    def monotonic_s(self) -> float:
        """Never steps."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

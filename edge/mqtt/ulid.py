"""Identifiers that sort by time and never repeat (ULID): what a consumer drops duplicates by.

Source: github.com/ulid/spec: 48 bits of milliseconds, 80 random bits, Crockford's base 32.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM_BITS = 80
_LENGTH = 26


def _time_ms() -> int:
    return time.time_ns() // 1_000_000


def _random_bits() -> int:
    return secrets.randbits(_RANDOM_BITS)


class UlidFactory:
    """Makes ULIDs, each greater than the one before, from any thread.

    Within one millisecond, and while the clock stands behind the last identifier (it was set
    back), the random part counts up instead of being drawn anew.
    """

    def __init__(
        self, time_ms: Callable[[], int] = _time_ms, random_bits: Callable[[], int] = _random_bits
    ) -> None:
        self._time_ms = time_ms
        self._random_bits = random_bits
        self._lock = threading.Lock()
        self._last = -1

    def __call__(self) -> str:
        """26 characters, of ``0-9A-Z`` without I, L, O and U."""
        with self._lock:
            fresh = self._time_ms() << _RANDOM_BITS | self._random_bits()
            if fresh >> _RANDOM_BITS <= self._last >> _RANDOM_BITS:
                fresh = self._last + 1
            self._last = fresh
        return "".join(_ALPHABET[fresh >> shift & 31] for shift in range(5 * (_LENGTH - 1), -1, -5))


#: The factory of this process.
new_ulid = UlidFactory()

"""Whether the wall clock can be believed: a Raspberry Pi boots without a battery-backed clock.

Standard library only: the capture processes of the system's Python import this file.
"""

from __future__ import annotations

import ctypes
from pathlib import Path

_SYSTEMD_MARK = Path("/run/systemd/timesync/synchronized")
_TIME_ERROR = 5
#: struct timex takes 208 bytes on 64-bit Linux, 128 on 32-bit; mode 0 in its first word only asks.
_TIMEX_BYTES = 256
_LIBC = ctypes.CDLL(None)


def clock_synced(mark: Path = _SYSTEMD_MARK) -> bool:
    """Whether something (NTP, PTP, systemd-timesyncd) keeps the wall clock right.

    systemd-timesyncd leaves a mark; every other daemon tells the kernel, which is asked through
    ``ntp_adjtime``. Where neither can be known, the answer is False: a consumer that trusts a
    wrong time is worse off than one that distrusts a right one. A seccomp filter that kills on
    ``adjtimex`` must be told to answer EPERM instead (systemd: ``SystemCallErrorNumber=EPERM``).
    """
    return mark.exists() or _kernel_says_synced()


def _kernel_says_synced() -> bool:
    adjtime = getattr(_LIBC, "ntp_adjtime", None)
    if adjtime is None:
        return False
    state = adjtime(ctypes.create_string_buffer(_TIMEX_BYTES))
    return bool(0 <= state < _TIME_ERROR)

"""Processor time of this process's whole family: commands, Ansible, sshd, agents, daemons (Linux)."""

from __future__ import annotations

import ctypes
import os
import resource
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
#: In ``/proc/PID/stat``, behind the name: the parent; user and system time of itself and of ended children.
_PARENT, _TIMES = 1, slice(11, 15)


def adopt_orphans() -> None:
    """Keep processes that detach in the family: they become children of this one."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def of_commands_s() -> float:
    """Seconds of the children that have ended and were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def of_family_s() -> float:
    """Seconds of all descendants, the living and the ended."""
    stats = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            stats[int(path.parent.name)] = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
    family, found = {os.getpid()}, 0
    while len(family) > found:
        found = len(family)
        family |= {pid for pid, fields in stats.items() if int(fields[_PARENT]) in family}
    family.discard(os.getpid())
    ticks = sum(int(time) for pid in family for time in stats[pid][_TIMES])
    return of_commands_s() + ticks / _TICKS_PER_S

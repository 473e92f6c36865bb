"""What the figures were measured on, and how much memory processes take."""

from __future__ import annotations

import os
import platform
import resource
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from edge.tflite import find_runtime

_BOARD = Path("/proc/device-tree/model")


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine at one moment; ``load_average`` is of the last minute."""

    processor: str
    cores: int
    load_average: float
    kernel: str
    python: str
    opencv: str
    numpy: str
    tflite: str

    @classmethod
    def this(cls) -> Machine:
        """The one that this runs on."""
        return cls(
            processor=processor(),
            cores=len(os.sched_getaffinity(0)),
            load_average=round(os.getloadavg()[0], 2),
            kernel=platform.release(),
            python=platform.python_version(),
            opencv=cv2.__version__,
            numpy=np.__version__,
            tflite=find_runtime()[0],
        )


def processor() -> str:
    """The board's or the processor's own name, from the kernel."""
    if _BOARD.is_file():
        return _BOARD.read_text(encoding="utf-8").rstrip("\0")
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    named = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    return named.get("model name", platform.machine())


def pss_bytes(pids: Iterable[int]) -> int:
    """Memory of some processes, each shared page counted once in parts (``Pss``).

    Raises:
        OSError: One of them has ended, or belongs to somebody else.
    """
    return sum(_field_bytes(pid, "Pss") for pid in pids)


def peak_rss_bytes() -> int:
    """The most that this process had in memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _field_bytes(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return 0

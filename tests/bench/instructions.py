"""How many instructions a stage without a network executes: the same on a noisy machine as on a quiet one.

Counted by valgrind's callgrind, user space only, as the difference of two runs of the same script with
more and with fewer frames, so that the start of Python and its imports cancel.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.bench.peer_process import ROOT

FEW, MANY = 20, 220
#: The same order of sets and the same BLAS kernels wherever they are counted.
_STEADY = {"PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def available() -> bool:
    """Whether valgrind is installed."""
    return shutil.which("valgrind") is not None


def instructions_per_frame(stage: str, work: Path) -> int:
    """Instructions of one frame of a stage of :mod:`tests.bench.counted_stage`."""
    return round((_counted(stage, MANY, work) - _counted(stage, FEW, work)) / (MANY - FEW))


def _counted(stage: str, frames: int, work: Path) -> int:
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={work / 'callgrind.out'}"]
    script = [sys.executable, "-m", "tests.bench.counted_stage", stage, str(frames)]
    done = subprocess.run(
        [*command, *script], cwd=ROOT, env={**os.environ, **_STEADY},
        capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    found = re.search(r"Collected : (\d+)", done.stderr)
    assert found is not None, done.stderr
    return int(found[1])

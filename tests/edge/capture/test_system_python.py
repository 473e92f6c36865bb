"""What runs under the system's Python may import the standard library alone, on Python 3.9 too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
WORKER = ROOT / "edge" / "capture" / "system_worker.py"


def _runs(python: str) -> bool:
    try:
        return (
            subprocess.run([python, "--version"], capture_output=True, check=False, timeout=10).returncode
            == 0
        )
    except OSError:
        return False


PYTHONS = [python for python in (sys.executable, "/usr/bin/python3", "python3.9") if _runs(python)]


@pytest.mark.parametrize("python", PYTHONS)
def test_the_system_worker_imports_nothing_but_the_standard_library(python: str) -> None:
    # -S hides every installed package; what is not of the standard library cannot be imported.
    script = f"import runpy; runpy.run_path({str(WORKER)!r}, run_name='loaded')"
    subprocess.run([python, "-I", "-S", "-c", script], check=True, timeout=30)


def test_nothing_of_ours_stays_on_the_system_workers_path() -> None:
    script = (
        f"import runpy, sys; runpy.run_path({str(WORKER)!r}, run_name='loaded'); "
        f"assert {str(ROOT)!r} not in sys.path, sys.path"
    )
    subprocess.run([sys.executable, "-I", "-S", "-c", script], check=True, timeout=30)

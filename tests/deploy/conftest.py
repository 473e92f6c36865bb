"""A device of this machine, for the steps of a push."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.deploy.local_device import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    with suppress(OSError, ValueError):
        os.kill(int((made.device.root / "run/emotion-edge/daemon.pid").read_text()), signal.SIGKILL)

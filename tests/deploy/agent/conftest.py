"""One desktop for all tests of the agent: making a key takes longer than a test."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.agent.rig import Rig
from tests.deploy.fake_release import Workshop


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed: apt install openssh-client")
    return Workshop(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def rig(workshop: Workshop) -> Iterator[Rig]:
    """In memory where that is possible: the agent waits for the disk, and the disk for all others."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Rig(workshop, Path(folder) / "device")

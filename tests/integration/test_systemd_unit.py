"""The unit file that travels with the package, by systemd's own judgement."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import deploy.agent
from edge import shipped

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"),
]


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The shipped unit; what it starts is replaced, since no release is installed here."""
    path = tmp_path / "emotion-edge.service"
    text, replaced = re.subn(
        r"^ExecStart=\S+", "ExecStart=/bin/true", shipped.systemd_unit(), flags=re.MULTILINE
    )
    assert replaced == 1
    path.write_text(text)
    return path


def test_systemd_finds_nothing_to_say_about_it(unit: Path) -> None:
    # It returns 0 for an unknown key: what it prints is what counts.
    told = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")


def test_its_exposure_is_low(unit: Path) -> None:
    told = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", unit], capture_output=True, text=True, check=True
    )
    found = re.search(r"Overall exposure level for emotion-edge.service: ([0-9.]+)", told.stdout)
    assert found is not None
    assert float(found[1]) <= 2.5


def test_systemd_finds_nothing_to_say_about_what_the_agent_adds(unit: Path) -> None:
    agent = Path(deploy.agent.__file__).parent / "unit"
    drop_ins = unit.with_name(f"{unit.name}.d")
    drop_ins.mkdir()
    shutil.copy(agent / "10-heal.conf", drop_ins)
    heal = Path(shutil.copy(agent / "emotion-edge-heal.service", unit.parent))
    told = subprocess.run(
        ["systemd-analyze", "verify", heal, unit], capture_output=True, text=True, check=False
    )
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")

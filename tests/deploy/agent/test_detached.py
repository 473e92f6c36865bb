"""A transaction under systemd; the two commands are stand-ins that keep systemd's rule about names."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from deploy.agent.__main__ import main
from deploy.agent.detached import detach
from deploy.agent.layout import Layout
from tests.deploy.agent.rig import Rig
from tests.deploy.fake_release import Workshop

#: A unit that has failed keeps its name until it is reset; systemd 252 does so even with --collect
#: where the unit has an OnFailure.
_SYSTEMD_RUN = """#!/bin/sh
[ -e {failed} ] && { echo "Unit emotion-edge-apply.service was already loaded" >&2; exit 1; }
echo "$@" > {started}
touch {failed}
"""
_SYSTEMCTL = """#!/bin/sh
[ "$1 $2" = "reset-failed emotion-edge-apply.service" ] && rm -f {failed}
"""


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the stand-ins keep what they were told."""
    for name, script in (("systemd-run", _SYSTEMD_RUN), ("systemctl", _SYSTEMCTL)):
        told = script.replace("{failed}", str(tmp_path / "failed"))
        (tmp_path / name).write_text(told.replace("{started}", str(tmp_path / "started")))
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    return tmp_path


def test_a_transaction_starts_after_one_that_failed(systemd: Path) -> None:
    for number in (1, 2):
        detach([f"transaction-{number}"], Layout(systemd), systemd=True)
        assert f"transaction-{number}" in (systemd / "started").read_text()


def test_one_that_systemd_does_not_start_has_ended_for_who_asks(
    systemd: Path, rig: Rig, workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    (systemd / "systemd-run").write_text("#!/bin/sh\necho 'no such bus' >&2; exit 1\n")
    release = workshop.release("1.0.0")
    options = ["--root", str(rig.root), "--supervisor", "systemd"]
    files = ["--manifest", str(release.manifest_path), "--signature", str(release.signature_path)]
    assert main([*options, "apply", *files, "--detach"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["what"] == "no such bus"
    assert main([*options, "progress"]) == 0
    state = json.loads(capsys.readouterr().out)
    assert (state["phase"], state["error"]["what"]) == ("failed", "no such bus")

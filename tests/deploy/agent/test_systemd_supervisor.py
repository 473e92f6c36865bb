"""What of a unit a trial command runs under."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from deploy.agent import systemd_supervisor
from deploy.agent.layout import Layout
from deploy.agent.systemd_supervisor import SystemdSupervisor, service_properties
from edge import shipped


def test_user_credentials_and_limits_are_those_of_the_daemon() -> None:
    found = service_properties(shipped.systemd_unit())
    assert "User=emotion-edge" in found
    assert "LoadCredential=MQTT_PASSWORD:emotion-edge.mqtt-password" in found
    assert "MemoryMax=600M" in found


def test_what_starts_and_restarts_it_is_left_out() -> None:
    names = {line.partition("=")[0] for line in service_properties(shipped.systemd_unit())}
    assert not names & {"ExecStart", "Type", "Restart", "WatchdogSec", "Description", "WantedBy"}


def test_a_unit_that_was_installed_by_hand_is_kept_beside_and_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def played(command: list[str]) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(systemd_supervisor, "_run", played)
    supervisor, units = SystemdSupervisor(Layout(tmp_path)), tmp_path / "etc/systemd/system"
    units.mkdir(parents=True)
    (units / "emotion-edge.service").write_text("by hand")
    supervisor.connect()
    assert (units / "emotion-edge.service").is_symlink()
    assert supervisor.disconnect()
    assert (units / "emotion-edge.service").read_text() == "by hand"
    assert not (units / "emotion-edge.service").is_symlink()
    assert asked[-1] == ["systemctl", "daemon-reload"]
    assert not supervisor.disconnect()

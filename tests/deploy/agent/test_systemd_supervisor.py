"""What of a unit a trial command runs under."""

from __future__ import annotations

from deploy.agent.systemd_supervisor import service_properties
from edge import shipped


def test_user_credentials_and_limits_are_those_of_the_daemon() -> None:
    found = service_properties(shipped.systemd_unit())
    assert "User=emotion-edge" in found
    assert "LoadCredential=MQTT_PASSWORD:emotion-edge.mqtt-password" in found
    assert "MemoryMax=600M" in found


def test_what_starts_and_restarts_it_is_left_out() -> None:
    names = {line.partition("=")[0] for line in service_properties(shipped.systemd_unit())}
    assert not names & {"ExecStart", "Type", "Restart", "WatchdogSec", "Description", "WantedBy"}

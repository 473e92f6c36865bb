"""What the README prints must work as printed."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edge.contract import strict_yaml
from edge.mqtt.payload import Identity, ModelVersion, window_message
from edge.mqtt.ulid import new_ulid
from edge.settings import Settings
from tests.edge.mqtt.event_builder import an_event
from tests.integration.mosquitto import HOST, Mosquitto, mosquitto

__all__ = ["mosquitto"]  # the fixture
README = (Path(__file__).parent.parent.parent / "README.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """The first code block of a language."""
    found = re.search(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found, language
    return found[1]


def test_the_short_configuration_is_a_whole_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOOR_LOGIN", "user:secret")
    settings = strict_yaml.parse(block("yaml"), Settings, "README.md")
    assert [camera.name for camera in settings.cameras] == ["desk", "door"]


@pytest.mark.integration
@pytest.mark.broker
def test_the_subscriber_prints_a_window_that_is_published(mosquitto: Mosquitto, tmp_path: Path) -> None:
    mosquitto.start()
    script = tmp_path / "subscriber.py"
    script.write_text(block("python").replace('connect("localhost")', f'connect("{HOST}", {mosquitto.port})'))
    identity = Identity("home", "pi", new_ulid())
    message = window_message(an_event(), identity, ModelVersion("net", "1"), id=new_ulid(), seq=0)
    publish = ["mosquitto_pub", "-h", HOST, "-p", str(mosquitto.port), "-q", "1", "-t", message.topic, "-s"]
    with subprocess.Popen(
        [sys.executable, "-u", str(script)], stdout=subprocess.PIPE, text=True
    ) as subscriber:
        try:
            until_s = time.monotonic() + 10
            while "paho" not in mosquitto.log and "auto-" not in mosquitto.log:
                assert time.monotonic() < until_s, mosquitto.log
                time.sleep(0.05)
            time.sleep(0.3)  # the subscription follows the connection
            subprocess.run(publish, input=message.payload, check=True)
            assert subscriber.stdout is not None
            assert "happy" in subscriber.stdout.readline()
        finally:
            subscriber.kill()

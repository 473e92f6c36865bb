from __future__ import annotations

import json
from typing import Any

from edge.daemon.remote_control import RemoteControl
from edge.errors import ConfigError
from edge.mqtt.happenings import Arrived
from edge.mqtt.payload import Message
from edge.mqtt.session import Heard
from edge.mqtt.topics import Topics
from tests.edge.daemon.camera_rig import CameraRig
from tests.edge.mqtt.event_builder import NOON_S

TOPICS = Topics("lab", "pi-1")


class Desk:
    """A remote control around two cameras; keeps what is answered."""

    def __init__(self) -> None:
        self.rig = CameraRig("door", "yard")
        self.answers: list[Message] = []
        self.reloads = self.rebirths = 0
        self.bad_configuration: str | None = None
        self.control = RemoteControl(
            TOPICS,
            self.rig.cameras,
            reload=self.reload,
            rebirth=self.rebirth,
            tell=self.answers.append,
            utc=lambda: NOON_S,
            synced=lambda: True,
        )

    def reload(self) -> None:
        if self.bad_configuration:
            raise ConfigError(self.bad_configuration)
        self.reloads += 1

    def rebirth(self) -> None:
        self.rebirths += 1

    def send(self, topic: str, **fields: Any) -> tuple[str, bool, str | None]:
        payload = json.dumps({"schema": "emotion.command/1", **fields}).encode()
        self.control.obey(
            Heard(Arrived(Message(f"{TOPICS.device_root}/{topic}", payload), False), False), 1.0
        )
        told = json.loads(self.answers[-1].payload)
        return self.answers[-1].topic.removeprefix(f"{TOPICS.device_root}/"), told["accepted"], told["reason"]

    def switched(self, name: str) -> list[str]:
        return self.rig.played[name][-1].switched


def test_each_command_does_what_it_says_and_is_answered() -> None:
    desk = Desk()
    assert desk.send("set/reload") == ("result/reload", True, None)
    assert desk.send("set/rebirth") == ("result/rebirth", True, None)
    assert (desk.reloads, desk.rebirths) == (1, 1)
    assert desk.send("door/set/pause", paused=True) == ("door/result/pause", True, None)
    assert (desk.switched("door"), desk.switched("yard")) == (["off"], [])
    desk.send("set/pause", paused=True)
    desk.send("set/pause", paused=False)
    assert desk.switched("yard") == ["off", "on"]


def test_another_length_of_windows_closes_the_open_one_of_that_camera() -> None:
    desk = Desk()
    desk.rig.cameras.turn(0.1)
    desk.send("yard/set/window", window_s=5)
    assert [event.camera for event in desk.rig.publisher.events] == ["yard"]
    desk.send("set/window", window_s=5)
    assert [event.camera for event in desk.rig.publisher.events] == ["yard", "door"]


def test_a_camera_that_is_not_there_is_refused_with_those_that_are() -> None:
    topic, accepted, reason = Desk().send("hall/set/pause", paused=True)
    assert (topic, accepted) == ("hall/result/pause", False)
    assert "door, yard" in str(reason)


def test_a_bad_configuration_is_refused_in_its_own_words() -> None:
    desk = Desk()
    desk.bad_configuration = "edge.yaml:3: site: must be text"
    assert desk.send("set/reload") == ("result/reload", False, "edge.yaml:3: site: must be text")


def test_a_refused_command_changes_nothing() -> None:
    desk = Desk()
    assert desk.send("set/pause", paused="yes")[1] is False
    assert desk.switched("door") == []

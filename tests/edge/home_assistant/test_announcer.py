from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from edge.home_assistant.announcer import Announcer
from edge.home_assistant.memory import AnnouncedMemory, path_beside
from edge.home_assistant.settings import HomeAssistantSettings
from edge.mqtt.payload import Message
from edge.mqtt.topics import Topics
from tests.edge.home_assistant.announced_builder import announced

TOPIC = "homeassistant/device/emotion_lab_pi-1/config"


class Broker:
    """Keeps what is retained; what it shall forget it forgets when the test says so."""

    def __init__(self) -> None:
        self.kept: list[Message] = []
        self.forgetting: set[str] = set()

    def retain(self, message: Message) -> None:
        self.kept.append(message)

    def forget(self, topic: str) -> None:
        self.forgetting.add(topic)

    def forgets(self, topic: str) -> bool:
        return topic in self.forgetting

    def cameras(self) -> dict[str, bool]:
        """Cameras of the newest document, and whether they are there or being removed."""
        told: dict[str, Any] = json.loads(self.kept[-1].payload)["cmps"]
        return {key.partition("_")[0]: "name" in entity for key, entity in told.items() if "_" in key}


class Home:
    """Starts of the daemon, one after the other, over one file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.broker = Broker()

    def start(
        self, *, discovery: bool = True, prefix: str = "homeassistant", device: str = "pi-1"
    ) -> Announcer:
        self.broker = Broker()
        return Announcer(
            HomeAssistantSettings(discovery=discovery, prefix=prefix),
            announced(topics=Topics("lab", device)),
            self.broker,
            AnnouncedMemory(self.file),
        )


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home-assistant.json")


def test_a_device_is_announced_once_and_again_when_a_camera_or_a_window_changes(home: Home) -> None:
    announcer = home.start()
    for windows_s in ({"door": 10.0}, {"door": 10.0}, {"door": 30.0}, {"door": 30.0, "yard": 10.0}):
        announcer.tell(windows_s)
    assert [message.topic for message in home.broker.kept] == [TOPIC] * 3
    assert home.broker.cameras() == {"door": True, "yard": True}


def test_a_camera_that_is_removed_is_taken_away_also_where_the_daemon_was_stopped(home: Home) -> None:
    announcer = home.start()
    announcer.tell({"door": 10.0, "yard": 10.0, "hall": 10.0})
    announcer.tell({"door": 10.0, "yard": 10.0})
    assert home.broker.cameras() == {"hall": False, "door": True, "yard": True}
    home.start().tell({"door": 10.0})
    assert home.broker.cameras() == {"hall": False, "yard": False, "door": True}


def test_a_camera_that_comes_back_is_there_again(home: Home) -> None:
    announcer = home.start()
    for windows_s in ({"door": 10.0, "yard": 10.0}, {"door": 10.0}, {"door": 10.0, "yard": 10.0}):
        announcer.tell(windows_s)
    assert home.broker.cameras() == {"door": True, "yard": True}


def test_switched_off_it_withdraws_what_was_announced_until_the_broker_has_forgotten_it(home: Home) -> None:
    home.start().tell({"door": 10.0})
    for _ in range(2):  # two starts without a broker
        announcer = home.start(discovery=False)
        announcer.tell({"door": 10.0})
        assert home.broker.forgetting == {TOPIC}
    home.broker.forgetting.clear()
    announcer.tell({"door": 10.0})
    assert home.broker.kept == []
    assert not home.file.exists()
    home.start(discovery=False)
    assert home.broker.forgetting == set()


def test_two_daemons_of_one_folder_do_not_withdraw_each_other(tmp_path: Path) -> None:
    one, other = (Home(path_beside(tmp_path / f"{name}.sqlite3")) for name in ("one", "other"))
    one.start(device="one").tell({"door": 10.0})
    other.start(device="other").tell({"door": 10.0})
    assert other.broker.forgetting == set()


@pytest.mark.parametrize("change", [{"prefix": "other"}, {"device": "pi-2"}])
def test_a_document_of_another_prefix_or_name_is_withdrawn_and_the_new_one_told(
    home: Home, change: dict[str, Any]
) -> None:
    home.start().tell({"door": 10.0})
    announcer = home.start(**change)
    announcer.tell({"door": 10.0})
    assert home.broker.forgetting == {TOPIC}
    assert home.broker.kept[0].topic != TOPIC


def test_where_discovery_was_never_on_nothing_is_sent_and_no_file_is_written(home: Home) -> None:
    home.start(discovery=False).tell({"door": 10.0})
    assert (home.broker.kept, home.broker.forgetting, home.file.exists()) == ([], set(), False)


@pytest.mark.parametrize("content", ["{", '{"schema":"announced/2","topics":{}}', '{"schema":"announced/1"}'])
def test_a_file_that_cannot_be_used_is_said_and_begun_anew(
    home: Home, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    home.file.write_text(content)
    home.start().tell({"door": 10.0})
    assert "begun anew" in caplog.text
    home.start().tell({})
    assert home.broker.cameras() == {"door": False}


def test_a_folder_that_cannot_be_written_is_said_once_and_the_device_is_announced_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    in_the_way = tmp_path / "state"
    in_the_way.touch()
    home = Home(in_the_way / "home-assistant.json")
    announcer = home.start()
    caplog.clear()
    with caplog.at_level(logging.INFO):
        announcer.tell({"door": 10.0})
        announcer.tell({"yard": 10.0})
        in_the_way.unlink()
        announcer.tell({"door": 10.0})
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert len(home.broker.kept) == 3

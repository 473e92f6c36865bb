from __future__ import annotations

import json
import re
from typing import Any

from edge.home_assistant.announcement import discovery_topic
from edge.mqtt.command import Window
from edge.mqtt.topics import Topics
from tests.edge.home_assistant.announced_builder import announced

ROOT = "emotion/v1/lab/pi-1"


def document(windows_s: dict[str, float], **vanished: str) -> dict[str, Any]:
    device = announced()
    loaded: dict[str, Any] = json.loads(device.payload(device.entities(windows_s), vanished))
    return loaded


def test_a_document_says_who_the_device_is_and_who_made_the_document() -> None:
    told = document({})
    assert told["dev"] == {
        "identifiers": ["emotion_lab_pi-1"],
        "name": "pi-1",
        "manufacturer": "emotion-edge",
        "model": "fer-compact 1.2.0",
        "sw_version": "0.4.0",
    }
    assert told["o"] == {"name": "emotion-edge", "sw_version": "0.4.0"}


def test_topic_and_identifier_differ_wherever_site_or_device_differ() -> None:
    one, other = Topics("a-b", "c"), Topics("a", "b-c")
    assert discovery_topic("homeassistant", one) == "homeassistant/device/emotion_a-b_c/config"
    assert discovery_topic("ha/x", other) == "ha/x/device/emotion_a_b-c/config"


def test_each_camera_has_an_entity_for_each_figure_and_setting() -> None:
    keys = set(document({"door": 10.0})["cmps"])
    of_device = {"connectivity", "problem", "fps", "temperature", "outbox", "version"}
    of_windows = {"dominant", "share_happy", "share_sad", "faces", "abstained"}
    of_camera = {f"door_{kind}" for kind in of_windows | {"state", "fps", "pause", "window"}}
    assert keys == of_device | of_camera


def test_no_two_entities_share_a_key_or_an_identity_whatever_cameras_are_called() -> None:
    told = document({"door": 10.0, "fps": 10.0, "problem": 10.0, "door-fps": 10.0})["cmps"]
    assert len(told) == 6 + 4 * 9
    assert len({entity["unique_id"] for entity in told.values()}) == len(told)
    names = [(entity["p"], entity["name"]) for entity in told.values()]
    assert len(set(names)) == len(names)


def test_the_dominant_emotion_is_one_of_the_classifiers() -> None:
    dominant = document({"door": 10.0})["cmps"]["door_dominant"]
    assert (dominant["device_class"], dominant["options"]) == ("enum", ["happy", "sad"])


def test_figures_expire_after_three_of_their_intervals_and_only_figures() -> None:
    told = document({"door": 2.5})["cmps"]
    expiring = {key: entity["expire_after"] for key, entity in told.items() if "expire_after" in entity}
    of_stats = ("problem", "fps", "temperature", "outbox", "version", "door_fps")
    of_windows = ("door_dominant", "door_share_happy", "door_share_sad", "door_faces", "door_abstained")
    assert expiring == dict.fromkeys(of_stats, 30) | dict.fromkeys(of_windows, 8)


def test_what_windows_say_is_available_while_device_and_camera_are_and_the_switch_also_when_paused() -> None:
    told = document({"door": 10.0})["cmps"]
    topics = {key: [one["topic"] for one in entity.get("availability", [])] for key, entity in told.items()}
    assert topics["door_share_sad"] == [f"{ROOT}/status", f"{ROOT}/door/state"]
    assert told["door_share_sad"]["availability_mode"] == "all"
    assert topics["door_pause"] == topics["door_state"] == topics["temperature"] == [f"{ROOT}/status"]
    assert topics["connectivity"] == []


def test_switch_and_number_send_what_the_device_obeys_and_allow_what_it_allows() -> None:
    told = document({"door": 10.0})["cmps"]
    pause, window = told["door_pause"], told["door_window"]
    assert (pause["command_topic"], window["command_topic"]) == (
        f"{ROOT}/door/set/pause",
        f"{ROOT}/door/set/window",
    )
    assert json.loads(pause["payload_on"]) == {"schema": "emotion.command/1", "paused": True}
    sent = json.loads(re.sub(r"{{ value }}", "30", window["command_template"]))
    assert Window.model_validate(sent).window_s == 30
    limits = Window.model_json_schema()["properties"]["window_s"]
    assert (window["min"], window["max"]) == (limits["minimum"], limits["maximum"])


def test_what_has_vanished_is_named_by_its_platform_alone() -> None:
    assert document({}, door_faces="sensor")["cmps"]["door_faces"] == {"p": "sensor"}

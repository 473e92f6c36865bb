from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker

import edge
from edge.home_assistant.announcement import discovery_topic
from edge.home_assistant.settings import HomeAssistantSettings
from edge.mqtt.command import Address, answer
from edge.mqtt.payload import (
    CameraState,
    Message,
    as_historical,
    now_message,
    state_message,
    stats_message,
    window_message,
)
from edge.mqtt.topics import EVERYTHING, Topics
from edge.mqtt.ulid import new_ulid
from edge.stats import CameraStats, DeviceStats, OutboxStats
from tests.edge.home_assistant.announced_builder import announced
from tests.edge.mqtt.event_builder import IDENTITY, MODEL, NOON_S, an_event

FOLDER = Path(edge.__file__).parent / "schemas"
ASYNCAPI = yaml.safe_load((FOLDER / "asyncapi.yaml").read_text(encoding="utf-8"))


def schema(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return loaded


def a_window(**changes: Any) -> Message:
    return window_message(an_event(**changes), IDENTITY, MODEL, id=new_ulid(), seq=0)


def a_state(state: CameraState) -> Message:
    return state_message("door", state, IDENTITY, since_utc_s=NOON_S)


STATS = DeviceStats(
    NOON_S, 60, (CameraStats("door", 15.0, 0, 20.0, 31.0), CameraStats("yard", 0.0, 0)), OutboxStats(0, 0, 0),
    100_000_000, 50.0, 48.3, {"emotion-edge": "0.1"},
)  # fmt: skip
DEVICE = announced()
DISCOVERY = DEVICE.payload(DEVICE.entities({"door": 10.0, "fps": 1.0}), {"yard_share_happy": "sensor"})
REAL = [
    pytest.param("discovery-1.json", Message("homeassistant", DISCOVERY), id="discovery"),
    pytest.param("window-1.json", a_window(), id="window"),
    pytest.param("window-1.json", a_window(suppressed=True), id="suppressed window"),
    pytest.param("window-1.json", a_window(shares={}), id="window without faces"),
    pytest.param(
        "window-1.json", a_window()._replace(payload=as_historical(a_window().payload)), id="late window"
    ),
    pytest.param("now-1.json", now_message("door", ["sad", None], IDENTITY, utc_s=NOON_S), id="now"),
    pytest.param("now-1.json", now_message("door", [], IDENTITY, utc_s=NOON_S), id="suppressed now"),
    *(
        pytest.param("state-1.json", a_state(state), id=state)
        for state in ("streaming", "stalled", "reconnecting", "disabled", "ended")
    ),
    pytest.param("stats-1.json", stats_message(STATS, IDENTITY), id="stats"),
    pytest.param(
        "result-1.json", answer(Address("reload", None), IDENTITY.topics, utc_s=NOON_S), id="obeyed"
    ),
    pytest.param(
        "result-1.json",
        answer(Address("pause", "door", "7"), IDENTITY.topics, utc_s=NOON_S, refused="retained"),
        id="refused",
    ),
]


@pytest.mark.parametrize(("name", "message"), REAL)
def test_real_payloads_are_valid_and_hold_nothing_that_the_schema_does_not_describe(
    name: str, message: Message
) -> None:
    fields = json.loads(message.payload)
    described = schema(name)
    Draft202012Validator(described, format_checker=FormatChecker()).validate(fields)
    assert set(fields) <= set(described["properties"])


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("window-1.json", {"suppressed": True}),
        ("window-1.json", {"schema": "emotion.window/2"}),
        ("window-1.json", {"shares": {"happy": 1.2}}),
        ("window-1.json", {"start": "2026-11-20 12:00:00"}),
        ("window-1.json", {"seq": -1}),
    ],
)
def test_a_wrong_window_is_not_valid(name: str, change: dict[str, Any]) -> None:
    fields = json.loads(a_window().payload) | change
    assert not Draft202012Validator(schema(name)).is_valid(fields)


@pytest.mark.parametrize("key", ["faces", "shares", "dominant", "abstained_share"])
def test_a_suppressed_window_that_tells_any_figure_is_not_valid(key: str) -> None:
    told = json.loads(a_window().payload)[key]
    fields = json.loads(a_window(suppressed=True).payload) | {key: told}
    assert not Draft202012Validator(schema("window-1.json")).is_valid(fields)


def test_every_schema_is_itself_valid() -> None:
    names = sorted(path.name for path in FOLDER.glob("*.json"))
    kinds = ("command", "discovery", "edge", "now", "result", "state", "stats", "window")
    assert names == [f"{kind}-1.json" for kind in kinds]
    for name in names:
        Draft202012Validator.check_schema(schema(name))


def test_the_asyncapi_document_names_exactly_the_topics_that_the_code_builds() -> None:
    topics = Topics("{site}", "{device}")
    built = {
        topics.status,
        topics.stats,
        topics.state("{camera}"),
        topics.window("{camera}"),
        topics.now("{camera}"),
        topics.result("{name}"),
        topics.result("{name}", "{camera}"),
        *(
            listened.replace("/+/", "/{camera}/").replace("/+", "/{name}")
            for listened in topics.command_filters
        ),
    }
    root = EVERYTHING.removesuffix("+/+/#")
    assert all(address.startswith(root) for address in built)
    prefix = "{prefix}"  # no prefix could hold it, so it is put in by hand
    birth = HomeAssistantSettings().birth_topic.replace("homeassistant", prefix)
    of_home_assistant = {discovery_topic(prefix, topics), birth}
    addresses = {channel["address"] for channel in ASYNCAPI["channels"].values()}
    assert addresses == built | of_home_assistant


def test_the_asyncapi_document_refers_only_to_what_exists() -> None:
    references = set(_references(ASYNCAPI))
    for reference in references:
        where, _, path = reference.partition("#/")
        target: Any = schema(where) if where else ASYNCAPI
        for key in filter(None, path.split("/")):
            target = target[key]
    of_files = {"edge-1.json"}
    of_payloads = {f"./{path.name}" for path in FOLDER.glob("*.json") if path.name not in of_files}
    assert {reference for reference in references if not reference.startswith("#")} == of_payloads


def test_each_channel_has_one_operation_with_the_design_s_qos_and_retention() -> None:
    found = {
        operation["channel"]["$ref"].rsplit("/", 1)[1]: (
            operation["bindings"]["mqtt"]["qos"],
            operation["bindings"]["mqtt"].get("retain"),
        )
        for operation in ASYNCAPI["operations"].values()
    }
    assert found == {
        "status": (1, True), "stats": (0, True), "state": (1, True), "window": (1, False), "now": (0, False),
        "deviceCommand": (1, False), "deviceResult": (1, False),
        "cameraCommand": (1, False), "cameraResult": (1, False),
        "homeAssistantDiscovery": (1, True), "homeAssistantStatus": (1, None),
    }  # fmt: skip


def test_each_channel_declares_the_parameters_of_its_address() -> None:
    for channel in ASYNCAPI["channels"].values():
        named = set(re.findall(r"{(\w+)}", channel["address"]))
        assert set(channel["parameters"]) == named


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [found for value in node.values() for found in _references(value)]
    return [found for value in node for found in _references(value)] if isinstance(node, list) else []

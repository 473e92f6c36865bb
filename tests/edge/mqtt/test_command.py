from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import edge
from edge.mqtt.command import Address, Command, Pause, Refusal, Window, answer, understand
from edge.mqtt.happenings import Arrived
from edge.mqtt.payload import Message
from edge.mqtt.session import Heard
from edge.mqtt.topics import Topics
from tests.edge.mqtt.event_builder import NOON_S

TOPICS = Topics("lab", "pi-1")
ROOT = TOPICS.device_root
SCHEMAS = Path(edge.__file__).parent / "schemas"
RESULT = Draft202012Validator(json.loads((SCHEMAS / "result-1.json").read_text()))
COMMAND = Draft202012Validator(json.loads((SCHEMAS / "command-1.json").read_text()))


def understood(
    topic: str,
    payload: bytes | dict[str, Any],
    *,
    retained: bool = False,
    late: bool = False,
    synced: bool = True,
) -> Command | Refusal:
    if isinstance(payload, dict):
        payload = json.dumps({"schema": "emotion.command/1", **payload}).encode()
    heard = Heard(Arrived(Message(f"{ROOT}/{topic}", payload, b"c"), retained), late)
    return understand(heard, TOPICS, utc_s=NOON_S, clock_synced=synced)


def refusal(topic: str, payload: bytes | dict[str, Any], **how: bool) -> str:
    found = understood(topic, payload, **how)
    assert isinstance(found, Refusal)
    return found.reason


def test_a_command_to_the_device_and_one_to_a_camera() -> None:
    everywhere = understood("set/pause", {"id": "7", "paused": True})
    assert isinstance(everywhere, Command)
    assert everywhere.address == Address("pause", None, "7", b"c")
    assert isinstance(everywhere.order, Pause)
    one = understood("door/set/window", {"window_s": 5})
    assert isinstance(one, Command)
    assert (one.address.camera, one.address.id) == ("door", None)
    assert isinstance(one.order, Window)
    assert one.order.window_s == 5


def test_what_would_act_again_or_too_late_is_refused() -> None:
    assert "retained" in refusal("set/reload", {}, retained=True)
    assert "while this device was away" in refusal("set/reload", {}, late=True)
    assert "expired" in refusal("set/reload", {"expires": "2026-11-20T12:00:00Z"})
    assert isinstance(understood("set/reload", {"expires": "2026-11-20T12:00:01Z"}), Command)
    assert "clock" in refusal("set/reload", {"expires": "2026-11-20T12:00:01Z"}, synced=False)
    assert "expires" in refusal("set/reload", {"expires": "2026-11-20T12:00:01"}), "no time zone"
    assert "month" in refusal("set/reload", {"expires": "2026-13-20T12:00:01Z"})
    assert "expires" in refusal("set/reload", {"expires": 99_999_999_999})
    assert isinstance(understood("set/reload", {"expires": "2026-11-20T14:00:00.5+01:00"}), Command)


@pytest.mark.parametrize(
    ("topic", "payload", "words"),
    [
        ("set/format", {}, "there are: rebirth, reload, pause, window"),
        ("door/set/reload", {}, "there are: pause, window"),
        ("set/pause", {}, "paused: Field required"),
        ("set/pause", {"paused": "yes"}, "paused"),
        ("set/window", {"window_s": 0.5}, "window_s"),
        ("set/window", {"window_s": True}, "window_s"),
        ("set/window", {"window_s": 5, "camera": "door"}, "camera"),
        ("set/reload", {"schema": "emotion.command/2"}, "schema"),
        ("set/reload", {"id": "a b"}, "id"),
        ("set/reload", b"", "JSON object"),
        ("set/reload", b"[" * 100_000, "JSON object"),
        ("set/reload", b"[]", "JSON object"),
        ("set/reload", b" " * 5000, "4096 bytes"),
    ],
)
def test_what_is_wrong_is_named(topic: str, payload: bytes | dict[str, Any], words: str) -> None:
    assert words in refusal(topic, payload)


def test_the_answer_finds_back() -> None:
    told = answer(Address("window", "door", "7", b"c"), TOPICS, utc_s=NOON_S, refused="too short")
    assert told.topic == f"{ROOT}/door/result/window"
    assert told.correlation == b"c"
    assert json.loads(told.payload) == {
        "schema": "emotion.result/1",
        "command": "window",
        "id": "7",
        "time": "2026-11-20T12:00:00.000Z",
        "accepted": False,
        "reason": "too short",
    }


@pytest.mark.parametrize(
    "topic", ["set/#x", "set/", "DOOR/set/pause", "set/a b", "set/" + "x" * 500, "\u00fc/set/pause"]
)
def test_an_answer_never_goes_to_a_topic_that_cannot_be(topic: str) -> None:
    found = understood(topic, {})
    assert isinstance(found, Refusal)
    told = answer(found.address, TOPICS, utc_s=NOON_S, refused=found.reason)
    tail = told.topic.removeprefix(f"{ROOT}/")
    assert tail in {"result/unknown", "result/pause"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
GOOD: st.SearchStrategy[Any] = st.sampled_from(
    ["emotion.command/1", True, 5, 1e400, "2026-11-20T12:00:01Z", "2026-13-20T12:00:01Z", None, [], "x" * 99]
)
FIELDS = st.dictionaries(
    st.sampled_from(["schema", "id", "expires", "paused", "window_s", "else"]), GOOD | JSON
)
PAYLOADS = st.binary(max_size=200) | (JSON | FIELDS).map(lambda fields: json.dumps(fields).encode())
NAMES = st.sampled_from(["rebirth", "reload", "pause", "window", "format"]) | st.text(max_size=20).filter(
    lambda text: "/" not in text
)
CAMERAS = st.sampled_from(["", "door/", "set/", "Door/"])


@given(CAMERAS, NAMES, PAYLOADS, st.booleans(), st.booleans())
def test_whatever_arrives_is_a_valid_command_or_refused_with_a_valid_answer(
    camera: str, name: str, payload: bytes, retained: bool, late: bool
) -> None:
    found = understood(f"{camera}set/{name}", payload, retained=retained, late=late)
    if isinstance(found, Command):
        assert not retained
        assert not late
        assert COMMAND.is_valid(json.loads(payload))
        refused = None
    else:
        refused = found.reason
        assert refused
    told = answer(found.address, TOPICS, utc_s=NOON_S, refused=refused)
    RESULT.validate(json.loads(told.payload))
    assert len(told.payload) < 2000

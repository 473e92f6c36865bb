from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import edge
from edge.mqtt.command import Command, Pause, understand
from edge.mqtt.happenings import Arrived
from edge.mqtt.payload import Message, as_historical, state_message, window_message
from edge.mqtt.session import Heard
from edge.mqtt.topics import Topics
from edge.mqtt.ulid import new_ulid
from tests.edge.mqtt.event_builder import IDENTITY, MODEL, NOON_S, an_event

FILE = Path(edge.__file__).parent / "examples" / "node-red-flow.json"
NODES: dict[str, dict[str, Any]] = {node["id"]: node for node in json.loads(FILE.read_text(encoding="utf-8"))}
#: Runs a function node's code on each message, as Node-RED does, over one context.
RUNNER = """
const [code, messages] = JSON.parse(require("fs").readFileSync(0, "utf8"));
const kept = {}, context = { get: (key) => kept[key], set: (key, value) => { kept[key] = value; } };
const run = new Function("msg", "context", code);
console.log(JSON.stringify(messages.map((message) => run(message, context) ?? null)));
"""


def run(name: str, *messages: dict[str, Any]) -> list[Any]:
    """What the function node of this name makes of messages."""
    if shutil.which("node") is None:
        pytest.skip("Node.js is not installed")
    (node,) = [node for node in NODES.values() if node["type"] == "function" and node["name"] == name]
    asked = json.dumps([node["func"], messages])
    done = subprocess.run(
        ["node", "-e", RUNNER], input=asked, capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 0, done.stderr
    made: list[Any] = json.loads(done.stdout)
    return made


def as_received(message: Message) -> dict[str, Any]:
    """A message as the node ``mqtt in`` hands it on."""
    return {"topic": message.topic, "payload": json.loads(message.payload) if message.payload else ""}


def a_window(**changes: Any) -> Message:
    return window_message(an_event(**changes), IDENTITY, MODEL, id=new_ulid(), seq=0, rounding=0.01)


def test_every_wire_leads_to_a_node_and_every_node_to_the_one_broker() -> None:
    wired = {target for node in NODES.values() for wire in node.get("wires", []) for target in wire}
    assert wired <= set(NODES)
    sources = {"mqtt in", "inject", "tab", "mqtt-broker"}
    assert {node["id"] for node in NODES.values() if node["type"] not in sources} == wired
    brokers = {node["broker"] for node in NODES.values() if node["type"].startswith("mqtt ")}
    assert brokers == {"emotion-broker"}


def test_what_it_subscribes_to_is_what_devices_publish() -> None:
    topics = Topics("lab", "pi-1")
    published = [topics.window("door"), topics.state("door"), topics.result("pause")]
    filters = [node["topic"] for node in NODES.values() if node["type"] == "mqtt in"]
    for at, topic in zip(filters, published, strict=True):
        assert re.fullmatch(at.replace("+", "[^/]+"), topic)


def test_windows_pass_once_and_none_that_comes_late() -> None:
    first, second = as_received(a_window()), as_received(a_window())
    late = a_window()
    late = late._replace(payload=as_historical(late.payload))
    passed = run("fresh, once", first, first, as_received(late), second)
    assert passed == [first, None, None, second]


def test_each_window_becomes_a_percentage_for_each_emotion_of_its_camera() -> None:
    windows = [a_window(), a_window(shares={"sadness": 1.0})]
    first, second = run("shares in percent", *map(as_received, windows))
    told = [{one["topic"]: one["payload"] for one in messages} for (messages,) in (first, second)]
    assert told[0] == {"pi-1/door happy": 62, "pi-1/door neutral": 30, "pi-1/door surprise": 8}
    # What the camera has told before is at nought now: a chart's line must come down.
    assert told[1] == {**dict.fromkeys(told[0], 0), "pi-1/door sadness": 100}
    (messages,) = first
    assert {message["timestamp"] for message in messages} == {(NOON_S + 10) * 1000}


def test_a_suppressed_window_gives_no_percentages() -> None:
    assert run("shares in percent", as_received(a_window(suppressed=True))) == [None]


def test_states_are_put_into_words_and_a_removed_camera_is_passed_over() -> None:
    stalled = state_message("door", "stalled", IDENTITY, since_utc_s=NOON_S, reason="no frame for 5 s")
    well = state_message("door", "streaming", IDENTITY, since_utc_s=NOON_S)
    removed = Message(well.topic, b"")
    assert run("state in words", *map(as_received, (stalled, well, removed))) == [
        {"topic": "lab/pi-1/door", "payload": "stalled: no frame for 5 s"},
        {"topic": "lab/pi-1/door", "payload": "streaming"},
        None,
    ]


@pytest.mark.parametrize("paused", [True, False])
def test_the_pause_command_is_one_that_a_device_obeys(paused: bool) -> None:
    (message,) = run("pause command", {"payload": paused, "_msgid": "a1b2c3"})
    sent = Message(message["topic"], json.dumps(message["payload"]).encode())
    topics = Topics("home", "pi-kitchen")
    understood = understand(Heard(Arrived(sent, False), False), topics, utc_s=NOON_S, clock_synced=True)
    assert isinstance(understood, Command)
    assert isinstance(understood.order, Pause)
    assert (understood.order.paused, understood.address.id) == (paused, "a1b2c3")

"""Home Assistant itself: its schemas and its template engine, and a running core beside the real daemon."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge.contract.labels import FER2013_LABELS
from edge.home_assistant.announcement import Announced, discovery_topic
from edge.mqtt.payload import Message, as_historical, state_message, stats_message, window_message
from edge.mqtt.topics import ONLINE
from edge.mqtt.ulid import new_ulid
from edge.stats import CameraStats, DeviceStats, OutboxStats
from tests.edge.mqtt.event_builder import IDENTITY, MODEL, NOON_S, an_event
from tests.integration.daemon_process import StartDaemon, configuration, film, looping, start_daemon
from tests.integration.home_assistant import HomeAssistant, Reader, home_assistant_python
from tests.integration.mosquitto import Mosquitto, mosquitto

__all__ = ["mosquitto", "start_daemon"]  # the fixtures
pytestmark = [pytest.mark.integration, pytest.mark.venv]

STATS = DeviceStats(
    NOON_S, 60, (CameraStats("door", 14.96, 0, 20.0, 31.0), CameraStats("yard", 5.0, 0)),
    OutboxStats(7, 900, 0), 100_000_000, 50.0, 48.26, {"emotion-edge": "0.4.0"},
)  # fmt: skip


@pytest.fixture(scope="module")
def python() -> Path:
    return home_assistant_python()


@pytest.fixture(scope="module")
def reader(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    made = Reader(python, tmp_path_factory.mktemp("home-assistant") / "log.txt")
    yield made
    made.stop()


def announced(k_min: int = 1) -> Announced:
    return Announced(IDENTITY.topics, "0.4.0", MODEL, FER2013_LABELS, k_min)


def a_window(**changes: Any) -> Message:
    return window_message(an_event(**changes), IDENTITY, MODEL, id=new_ulid(), seq=0, rounding=0.01)


def late(message: Message) -> Message:
    return message._replace(payload=as_historical(message.payload))


def read(
    reader: Reader, *messages: Message, k_min: int = 1, before: dict[str, str] | None = None
) -> list[dict[str, str]]:
    device = announced(k_min)
    document = device.payload(device.entities({"door": 10.0}), {"hall_faces": "sensor"})
    return reader.read(document, [(one.topic, one.payload, before or {}) for one in messages])


def test_a_window_gives_shares_in_percent_faces_and_the_dominant_emotion(reader: Reader) -> None:
    (found,) = read(reader, a_window())
    shares = {"happy": "62.0", "neutral": "30.0", "surprise": "8.0"}
    assert found == {
        "door_dominant": "happy",
        "door_faces": "1.4",
        "door_abstained": "5.0",
        **{f"door_share_{label}": shares.get(label, "0.0") for label in FER2013_LABELS},
    }


def test_a_suppressed_window_leaves_all_unknown_but_that_nobody_was_there_where_one_face_would_do(
    reader: Reader,
) -> None:
    unknown = dict.fromkeys(read(reader, a_window())[0], "None")
    assert read(reader, a_window(suppressed=True), k_min=5) == [unknown]
    assert read(reader, a_window(suppressed=True), k_min=1) == [unknown | {"door_faces": "0"}]


def test_a_window_whose_faces_could_not_be_read_has_faces_and_no_shares(reader: Reader) -> None:
    event = replace(an_event(shares={}), abstained_share=1.0)
    message = window_message(event, IDENTITY, MODEL, id=new_ulid(), seq=0)
    (found,) = read(reader, message)
    assert (found["door_faces"], found["door_abstained"]) == ("1.4", "100.0")
    assert {found[f"door_share_{label}"] for label in FER2013_LABELS} == {"None"}
    assert found["door_dominant"] == "None"


def test_a_window_that_comes_late_changes_nothing(reader: Reader) -> None:
    messages = [late(a_window()), late(a_window(suppressed=True))]
    for found in read(reader, *messages, before={"door_dominant": "sad"}):
        assert found.pop("door_dominant") == "sad"
        assert set(found.values()) == {""}, "no change, for a sensor of numbers"
    for state in ("unknown", "unavailable"):
        assert read(reader, messages[0], before={"door_dominant": state})[0]["door_dominant"] == "None"


@pytest.mark.parametrize("state", ["streaming", "stalled", "reconnecting", "disabled", "ended"])
def test_a_camera_s_state_is_told_and_decides_what_is_available(reader: Reader, state: Any) -> None:
    message = state_message("door", state, IDENTITY, since_utc_s=NOON_S, paused=True, window_s=10.0)
    (found,) = read(reader, message)
    available = {said for key, said in found.items() if key.endswith(".available")}
    assert available == {"online" if state == "streaming" else "offline"}
    settings = {key: said for key, said in found.items() if "." not in key}
    assert settings == {"door_state": state, "door_pause": "ON", "door_window": "10.0"}


def test_a_state_that_the_broker_has_forgotten_makes_its_camera_unavailable(reader: Reader) -> None:
    (found,) = read(reader, Message(IDENTITY.topics.state("door"), b""))
    assert {said for key, said in found.items() if key.endswith(".available")} == {"offline"}


def test_statistics_give_the_devices_figures_and_its_problems(reader: Reader) -> None:
    hot = replace(STATS, temperature_c=None, problems=("camera yard: stalled: no frame for 5 s",), cameras=())
    well, ill = read(reader, stats_message(STATS, IDENTITY), stats_message(hot, IDENTITY))
    assert json.loads(well.pop("problem.attributes")) == {"problems": []}
    assert well == {
        "problem": "OFF", "fps": "20.0", "temperature": "48.3",
        "outbox": "7", "version": "0.4.0", "door_fps": "14.96",
    }  # fmt: skip
    assert (ill["problem"], ill["temperature"], ill["fps"], ill["door_fps"]) == ("ON", "None", "0.0", "None")
    assert "no frame for 5 s" in ill["problem.attributes"]


def test_the_status_is_the_connection_and_what_all_others_wait_for(reader: Reader) -> None:
    (found,) = read(reader, Message(IDENTITY.topics.status, ONLINE))
    device = announced()
    assert {key.removesuffix(".available") for key in found} == set(device.entities({"door": 10.0}))
    assert set(found.values()) == {"online"}


@pytest.fixture
def cores() -> Iterator[list[HomeAssistant]]:
    running: list[HomeAssistant] = []
    yield running
    for core in running:
        core.stop()


@pytest.mark.broker
def test_a_running_home_assistant_shows_a_real_device_sets_it_and_forgets_it(
    python: Path, mosquitto: Mosquitto, start_daemon: StartDaemon, cores: list[HomeAssistant], tmp_path: Path
) -> None:
    mosquitto.start()
    subscriber = mosquitto.subscribe("homeassistant/#")
    cameras = [looping(film(tmp_path, f"{name}.avi")) for name in ("door", "yard")]
    config = configuration(tmp_path, mosquitto.port, *cameras, home_assistant={"discovery": True})
    daemon = start_daemon(config)
    subscriber.wait_for(1, "/device/emotion_lab_vm/config", 60)
    core = HomeAssistant(python, mosquitto.port, tmp_path / "ha")
    cores.append(core)

    core.wait_for(lambda told: told.get("sensor.vm_version", "unknown") not in {"unknown", "unavailable"})
    shown = core.wait_for(lambda told: told["sensor.vm_door_faces_in_view"] == "0")  # the film shows nobody
    assert len(subscriber.wait_for(2, "/config")) == 2, "again when Home Assistant said online"
    assert shown["binary_sensor.vm_connection"] == "on"
    assert shown["sensor.vm_door_state"] == "streaming"
    assert (shown["switch.vm_door_pause"], shown["number.vm_door_window_length"]) == ("off", "1.0")
    assert len([name for name in shown if ".vm_yard_" in name]) == 7 + 3 + 4

    core.call("switch", "turn_on", entity_id="switch.vm_door_pause")
    told = core.wait_for(lambda told: told["switch.vm_door_pause"] == "on")
    core.wait_for(lambda told: told["sensor.vm_door_faces_in_view"] == "unavailable")
    assert told["sensor.vm_yard_state"] == "streaming"
    core.call("switch", "turn_off", entity_id="switch.vm_door_pause")
    core.call("number", "set_value", entity_id="number.vm_door_window_length", value=2)
    core.wait_for(lambda told: told["number.vm_door_window_length"] == "2.0")
    core.wait_for(lambda told: told["sensor.vm_door_faces_in_view"] == "0")

    configuration(tmp_path, mosquitto.port, cameras[0], home_assistant={"discovery": True})
    daemon.process.send_signal(signal.SIGHUP)
    core.wait_for(lambda told: not [name for name in told if ".vm_yard_" in name])
    assert daemon.terminate()[0] == 0
    core.wait_for(lambda told: told["binary_sensor.vm_connection"] == "off")
    assert core.states["sensor.vm_door_faces_in_view"] == "unavailable"

    start_daemon(configuration(tmp_path, mosquitto.port, cameras[0]))
    core.wait_for(lambda told: not [name for name in told if ".vm_" in name])
    assert subscriber.heard[-1].payload == ""
    assert core.complaints == []


@pytest.mark.broker
def test_in_a_running_home_assistant_a_window_that_comes_late_changes_nothing(
    python: Path, mosquitto: Mosquitto, cores: list[HomeAssistant], tmp_path: Path
) -> None:
    mosquitto.start()
    core = HomeAssistant(python, mosquitto.port, tmp_path / "ha")
    cores.append(core)
    device = announced()
    entities = device.entities({"door": 10.0})
    retained = [
        Message(discovery_topic("homeassistant", IDENTITY.topics), device.payload(entities, {})),
        Message(IDENTITY.topics.status, ONLINE),
        state_message("door", "streaming", IDENTITY, since_utc_s=NOON_S, window_s=10.0),
    ]
    for message in retained:
        mosquitto.publish(message.topic, message.payload.decode(), "-r")
    core.wait_for(lambda told: told.get("sensor.pi_1_door_state") == "streaming")
    for message in (
        a_window(),
        late(a_window(shares={"sad": 1.0})),
        late(a_window(suppressed=True)),
        stats_message(STATS, IDENTITY),
    ):
        mosquitto.publish(message.topic, message.payload.decode())
    told = core.wait_for(lambda told: told["sensor.pi_1_version"] == "0.4.0")
    assert told["sensor.pi_1_door_dominant_emotion"] == "happy"
    assert (told["sensor.pi_1_door_happy"], told["sensor.pi_1_door_sad"]) == ("62.0", "0.0")
    assert told["sensor.pi_1_door_faces_in_view"] == "1.4"
    assert core.complaints == []

"""Commands, reload and signals against the real daemon and a real broker."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.integration.daemon_process import (
    ROOT,
    Daemon,
    StartDaemon,
    configuration,
    film,
    looping,
    start_daemon,
)
from tests.integration.mosquitto import Mosquitto, Subscriber, mosquitto

__all__ = ["mosquitto", "start_daemon"]  # the fixtures
pytestmark = [pytest.mark.integration, pytest.mark.broker]

DEVICE = "emotion/v1/lab/vm"
RESULT = json.loads((ROOT / "edge" / "schemas" / "result-1.json").read_text())


def command(broker: Mosquitto, topic: str, *options: str, **fields: Any) -> None:
    broker.publish(f"{DEVICE}/{topic}", json.dumps({"schema": "emotion.command/1", **fields}), *options)


def answers(subscriber: Subscriber, count: int, name: str) -> list[dict[str, Any]]:
    told = [json.loads(one.payload) for one in subscriber.wait_for(count, f"result/{name}", 30)]
    for one in told:
        jsonschema.validate(one, RESULT, cls=jsonschema.Draft202012Validator)
    return told


def states(subscriber: Subscriber, camera: str) -> list[str]:
    heard = [one for one in subscriber.heard if one.topic == f"{DEVICE}/{camera}/state"]
    return [json.loads(one.payload)["state"] if one.payload else "" for one in heard]


def test_commands_are_obeyed_or_refused_and_answered(
    mosquitto: Mosquitto, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    mosquitto.start()
    command(mosquitto, "set/reload", "-r", id="old")  # retained: it waits for the daemon
    subscriber = mosquitto.subscribe()
    daemon = start_daemon(configuration(tmp_path, mosquitto.port))
    subscriber.wait_for(1, "/film/window", timeout_s=60)
    (kept,) = answers(subscriber, 1, "reload")
    assert (kept["accepted"], "retained" in kept["reason"]) == (False, True)

    command(mosquitto, "film/set/pause", id="7", paused=True)
    (paused,) = answers(subscriber, 1, "pause")
    assert (paused["id"], paused["accepted"]) == ("7", True)
    daemon.wait_for(lambda: states(subscriber, "film")[-1] == "disabled")
    command(mosquitto, "set/pause", paused=False)
    daemon.wait_for(lambda: states(subscriber, "film")[-1] == "streaming")

    command(mosquitto, "set/window", window_s=2)
    assert answers(subscriber, 1, "window")[0]["accepted"]
    command(mosquitto, "set/rebirth")
    assert answers(subscriber, 1, "rebirth")[0]["accepted"]
    assert len(subscriber.wait_for(2, "vm/status")) >= 2
    command(mosquitto, "set/window", window_s=-1)
    assert answers(subscriber, 2, "window")[1]["accepted"] is False
    mosquitto.publish(f"{DEVICE}/set/format", "{not json")
    assert "there are: rebirth" in answers(subscriber, 1, "format")[0]["reason"]
    code, seconds = daemon.terminate()
    assert (code, seconds < 5) == (0, True), daemon.log


def test_a_pause_survives_a_restart_and_a_kill(
    mosquitto: Mosquitto, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    mosquitto.start()
    subscriber = mosquitto.subscribe()
    config = configuration(tmp_path, mosquitto.port)
    first = start_daemon(config)
    subscriber.wait_for(1, "/film/window", timeout_s=60)
    command(mosquitto, "film/set/pause", paused=True)
    answers(subscriber, 1, "pause")
    first.kill()
    told = len(states(subscriber, "film"))
    second = start_daemon(config)
    second.wait_for(lambda: len(states(subscriber, "film")) > told)
    assert states(subscriber, "film")[told:] == ["disabled"]
    command(mosquitto, "film/set/pause", paused=False)
    second.wait_for(lambda: states(subscriber, "film")[-1] == "streaming")


def test_a_command_of_the_time_when_the_device_was_away_is_refused(
    mosquitto: Mosquitto, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    mosquitto.start()
    subscriber = mosquitto.subscribe()
    config = configuration(tmp_path, mosquitto.port)
    first = start_daemon(config)
    subscriber.wait_for(1, "/film/window", timeout_s=60)
    first.kill()
    command(mosquitto, "set/pause", id="late", paused=True)
    start_daemon(config)
    told = answers(subscriber, 1, "pause")[0]
    assert (told["id"], told["accepted"]) == ("late", False)
    assert "while this device was away" in told["reason"]


def test_a_reload_touches_only_the_cameras_that_changed_and_a_bad_file_changes_nothing(
    mosquitto: Mosquitto, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    mosquitto.start()
    subscriber = mosquitto.subscribe()
    one, two, three = (looping(film(tmp_path, f"{name}.avi")) for name in ("one", "two", "three"))
    config = configuration(tmp_path, mosquitto.port, one, two)
    daemon = start_daemon(config)
    daemon.wait_for(
        lambda: [states(subscriber, name)[-1:] for name in ("one", "two")] == [["streaming"]] * 2, 60
    )
    before = capture_processes(daemon)

    configuration(tmp_path, mosquitto.port, one, {**two, "enabled": False}, three)
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait_for(lambda: states(subscriber, "two")[-1] == "disabled")
    daemon.wait_for(lambda: states(subscriber, "three")[-1:] == ["streaming"])
    assert states(subscriber, "one").count("reconnecting") == 1
    assert len(before & capture_processes(daemon)) == 1, "the untouched camera kept its process"

    config.write_text("cameras: [")
    for _ in range(2):
        command(mosquitto, "set/reload")
        daemon.process.send_signal(signal.SIGHUP)
    assert [told["accepted"] for told in answers(subscriber, 2, "reload")] == [False, False]
    daemon.wait_for(lambda: "the last good one stays" in daemon.log)
    assert daemon.log.count("the last good one stays") == 1, "said once"

    configuration(tmp_path, mosquitto.port, one)
    command(mosquitto, "set/reload")
    assert answers(subscriber, 3, "reload")[2]["accepted"]
    daemon.wait_for(lambda: states(subscriber, "two")[-1] == "" and states(subscriber, "three")[-1] == "")
    late = mosquitto.subscribe(f"{DEVICE}/+/state")
    late.wait_for(1, "/one/state")
    assert {message.topic for message in late.heard} == {f"{DEVICE}/one/state"}

    settings = yaml.safe_load(config.read_text()) | {"device": "other"}
    config.write_text(yaml.safe_dump(settings))
    command(mosquitto, "set/reload")
    assert "a change of device needs a restart" in answers(subscriber, 4, "reload")[3]["reason"]
    assert daemon.terminate()[0] == 0


def test_a_killed_daemon_costs_at_most_a_moment_of_its_open_window(
    mosquitto: Mosquitto, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    mosquitto.start()
    subscriber = mosquitto.subscribe()
    config = configuration(tmp_path, mosquitto.port, aggregate={"window_s": 600.0})
    first = start_daemon(config)
    moments = subscriber.wait_for(6, "/film/now", timeout_s=60)  # one a second
    first.kill()
    start_daemon(config)
    window = json.loads(subscriber.wait_for(1, "/film/window", timeout_s=60)[0].payload)
    seconds = len(moments) - 1
    assert window["seq"] == 0
    assert window["capture"]["frames"] >= (seconds - 2) * 10


def test_sigterm_ends_it_within_5_s_though_every_camera_hangs(
    mosquitto: Mosquitto, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    mosquitto.start()
    subscriber = mosquitto.subscribe()
    cameras = [{**looping(film(tmp_path)), "name": f"c{at}"} for at in range(4)]
    daemon = start_daemon(configuration(tmp_path, mosquitto.port, *cameras))
    for camera in cameras:
        subscriber.wait_for(1, f"/{camera['name']}/window", timeout_s=60)
    for pid in capture_processes(daemon):
        os.kill(pid, signal.SIGSTOP)
    code, seconds = daemon.terminate()
    assert (code, seconds < 5) == (0, True), daemon.log
    assert subscriber.wait_for(2, "/status")[-1].payload == "offline"


def capture_processes(daemon: Daemon) -> set[int]:
    tasks = Path(f"/proc/{daemon.process.pid}/task").glob("*/children")
    return {int(pid) for file in tasks for pid in file.read_text().split()}

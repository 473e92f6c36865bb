"""The main job on real parts: video -> daemon -> Mosquitto -> a subscriber."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from tests.faces import SHARED, shared
from tests.integration.daemon_process import ROOT, StartDaemon, configuration, start_daemon
from tests.integration.mosquitto import Mosquitto, mosquitto

__all__ = ["mosquitto", "start_daemon"]  # the fixtures
pytestmark = [pytest.mark.integration, pytest.mark.broker]

ROOT_TOPIC = "emotion/v1/lab/vm"
VIDEOS = ["intel_asl_thanks.mkv", "intel_asl_eat.mkv"]


def write_config(folder: Path, port: int, *, loop: bool = True) -> Path:
    cameras = [
        {"name": f"cam-{i}", "source": "file", "path": str(shared(f"videos/{video}").resolve()), "loop": loop}
        for i, video in enumerate(VIDEOS)
    ]
    return configuration(folder, port, *cameras, detector={"name": "auto"})


def test_windows_of_a_video_reach_a_subscriber_and_fit_their_schema(
    mosquitto: Mosquitto, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    mosquitto.start()
    subscriber = mosquitto.subscribe()
    daemon = start_daemon(write_config(tmp_path, mosquitto.port))
    heard = subscriber.wait_for(6, "/window", timeout_s=40)
    schema = json.loads((ROOT / "edge" / "schemas" / "window-1.json").read_text())
    windows = [json.loads(message.payload) for message in heard]
    for window in windows:
        jsonschema.validate(window, schema, cls=jsonschema.Draft202012Validator)
    assert {window["camera"] for window in windows} == {"cam-0", "cam-1"}
    assert any(window.get("faces", {}).get("tracks", 0) >= 1 for window in windows)
    for camera in ("cam-0", "cam-1"):
        numbers = [window["seq"] for window in windows if window["camera"] == camera]
        assert numbers == list(range(len(numbers)))
    states = {
        (m.topic, json.loads(m.payload)["state"]) for m in subscriber.heard if m.topic.endswith("/state")
    }
    assert (f"{ROOT_TOPIC}/cam-0/state", "streaming") in states
    code, seconds = daemon.terminate()
    assert (code, seconds < 5) == (0, True), daemon.log
    assert subscriber.wait_for(2, "/status")[-1].payload == "offline"


def test_a_killed_daemon_is_announced_by_its_last_will(
    mosquitto: Mosquitto, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    mosquitto.start()
    subscriber = mosquitto.subscribe()
    daemon = start_daemon(write_config(tmp_path, mosquitto.port))
    assert subscriber.wait_for(1, "/status", timeout_s=40)[0].payload == "online"
    daemon.kill()
    assert [m.payload for m in subscriber.wait_for(2, "/status")] == ["online", "offline"]
    late = mosquitto.subscribe(f"{ROOT_TOPIC}/status").wait_for(1, "/status")[0]
    assert (late.payload, late.retained) == ("offline", True)


def test_no_capture_process_outlives_a_killed_daemon(
    mosquitto: Mosquitto, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    mosquitto.start()
    subscriber = mosquitto.subscribe()
    daemon = start_daemon(write_config(tmp_path, mosquitto.port))
    subscriber.wait_for(1, "/window", timeout_s=40)
    task = Path(f"/proc/{daemon.process.pid}/task")
    children = [int(pid) for file in task.glob("*/children") for pid in file.read_text().split()]
    assert len(children) >= 2
    daemon.kill()
    until_s = time.monotonic() + 5
    while any(alive(pid) for pid in children):
        assert time.monotonic() < until_s, "capture processes still run"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_daemon_starts_without_a_broker_and_loses_nothing(
    mosquitto: Mosquitto, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    daemon = start_daemon(write_config(tmp_path, mosquitto.port, loop=False))
    deadline_s = time.monotonic() + 40
    while "mqtt.port" not in daemon.log:  # the refusal, with what to do
        assert time.monotonic() < deadline_s, daemon.log
        time.sleep(0.1)
    assert daemon.process.wait(40) == 0, "both films are over: nothing is left to do"
    mosquitto.start()
    subscriber = mosquitto.subscribe()
    assert start_daemon(write_config(tmp_path, mosquitto.port, loop=False)).process.wait(40) == 0
    windows = [json.loads(message.payload) for message in subscriber.wait_for(4, "/window")]
    boots = list(dict.fromkeys(window["boot_id"] for window in windows))
    assert len(boots) == 2, "what the first start could not send came with the second"
    for boot in boots:
        for camera in ("cam-0", "cam-1"):
            numbers = [w["seq"] for w in windows if (w["boot_id"], w["camera"]) == (boot, camera)]
            assert numbers == list(range(len(numbers)))
            assert numbers


RECORDINGS = [*sorted((SHARED / "videos").glob("*.*")), SHARED / "photos"]


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.stem)
def test_a_recording_gives_the_same_schema_valid_events_twice(recording: Path) -> None:
    schema = json.loads((ROOT / "edge" / "schemas" / "window-1.json").read_text())
    # Side by side: two replays on two cores must not disturb one another either.
    first, second = (start_replay(recording, shared("models")) for _ in range(2))
    events = replayed(first)
    assert events == replayed(second)
    assert events
    for event in events:
        jsonschema.validate({**event, "id": "0" * 26, "boot_id": "0" * 26}, schema)


def start_replay(recording: Path, weights: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "edge", "replay", str(recording), "--detector", "yunet"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "EMOTION_EDGE_WEIGHTS": str(weights.resolve())},
    )  # fmt: skip


def replayed(process: subprocess.Popen[str]) -> list[dict[str, object]]:
    said, complaints = process.communicate(timeout=300)
    assert process.returncode == 0, complaints
    events = [json.loads(line) for line in said.splitlines()]
    return [{key: value for key, value in event.items() if key not in {"id", "boot_id"}} for event in events]

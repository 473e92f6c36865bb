"""What is done to the test device, and what must come of it."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.release.store import Release
from tests.devices.desk import Desk
from tests.devices.vm import Machine
from tests.integration.mosquitto import Subscriber

_WHOLE = Path(__file__).with_name("whole.py").read_bytes()
_SETTLED_WITHIN_S = 900.0
_LAUNCHER = """#!/bin/sh
HERE=$(dirname "$(dirname "$(readlink -f "$0")")")
export EMOTION_EDGE_RELEASE="$HERE"
[ "$1" = run ] && {instead}
exec "$HERE/venv/bin/python" -I -m edge "$@"
"""


@dataclass
class Bench:
    """What a row works with."""

    machine: Machine
    desk: Desk
    heard: Subscriber


@dataclass(frozen=True)
class Row:
    """One thing that is done. ``run`` says what it found; it raises where that is not what must be."""

    name: str
    run: Callable[[Bench], str]


def first_push(bench: Bench) -> str:
    """Onto a device that knows only the operator's key."""
    state = bench.desk.push(bench.machine, bench.desk.build("1.0.0"))
    assert state["phase"] == "good", state
    before = len(bench.heard.heard)
    bench.heard.wait_for(before + 2, "/window", timeout_s=120)
    shown = bench.machine.says("systemctl show emotion-edge --property=ActiveState,User,NRestarts")
    assert {"ActiveState=active", "User=emotion-edge", "NRestarts=0"} <= set(shown.split()), shown
    told = json.loads(bench.heard.wait_for(1, "/window")[-1].payload)
    assert told["device"] == "test-device"
    return f"good; active under systemd as emotion-edge, windows at the broker; {_times(state)}"


def push_again(bench: Bench) -> str:
    """Nothing to do, and nothing is done."""
    pid = _pid(bench)
    state = bench.desk.push(bench.machine, bench.desk.build("1.0.0"))
    assert (state["phase"], _pid(bench)) == ("unchanged", pid), state
    return "unchanged; the daemon was not restarted"


def configuration_push(bench: Bench) -> str:
    """Only what is new travels."""
    release = bench.desk.build("1.1.0", aggregate={"window_s": 6})
    plan = bench.desk.upload(bench.machine, release)
    assert list(plan["diff"]["configuration"]) == ["aggregate.window_s"], plan["diff"]
    sent = sum(blob["bytes"] for blob in plan["missing"])
    bench.desk.apply(bench.machine)
    state = bench.desk.ended(bench.machine)
    assert state["phase"] == "good", state
    return f"good; {sent} bytes travelled; {_times(state)}"


def fails_its_self_test(bench: Bench) -> str:
    """A setting that only the device itself can judge."""
    release = bench.desk.build("2.0.0", detector={"name": "yunet"})
    return _taken_back(bench, release, "failed", "self-test-failed")


def crashes_on_start(bench: Bench) -> str:
    """It passes its self-test, and then dies at once."""
    program = _LAUNCHER.format(instead='{ echo "cannot live" >&2; exit 3; }')
    return _taken_back(bench, bench.desk.spoil("2.1.0", _good(bench), program), "rolled-back", "crashed")


def never_ready(bench: Bench) -> str:
    """It runs, and never reaches the broker."""
    port = bench.desk.broker_port + 1
    release = bench.desk.build("2.2.0", mqtt={"port": port}, gate={"ready_within_s": 240})
    return _taken_back(bench, release, "rolled-back", "broker")


def too_slow(bench: Bench) -> str:
    """It is healthy in all but the time that a frame takes."""
    tiles = {"tiling": {"tile_px": 160, "overlap": 0.5}}
    release = bench.desk.build("2.3.0", detector=tiles, gate={"ready_within_s": 240})
    return _taken_back(bench, release, "rolled-back", "too slow")


def killed_transaction(bench: Bench) -> str:
    """kill -9 of the agent while it watches the new release: the device ends the trial itself."""
    release = _other(bench)
    bench.desk.upload(bench.machine, release)
    bench.desk.apply(bench.machine)
    _until(lambda: bench.machine.agent("progress")["phase"] == "gate", "the gate")
    bench.machine.says("sudo systemctl kill --signal=KILL emotion-edge-apply.service")
    found = _settled(bench)
    last = bench.machine.agent("audit", "--last", "1")["lines"][-1]
    assert last["verb"] == "heal", last
    return f"{found['version']} {last['outcome']} by {last['verb']}"


def power_cut(bench: Bench, chance: random.Random, within_s: float) -> str:
    """No power at a random moment of a push; afterwards one of the two releases runs, whole."""
    _settled(bench)  # an interrupted run of this command may have left it in the middle of something
    release, old = _other(bench), _running(bench)
    bench.desk.greet(bench.machine)
    bench.desk.upload(bench.machine, release)
    bench.desk.apply(bench.machine)
    time.sleep(chance.uniform(0, within_s))
    phase = bench.machine.agent("progress").get("phase", "before the first phase")
    bench.machine.power_cut()
    boot_s = bench.machine.boot()
    bench.desk.greet(bench.machine)
    found = _settled(bench)
    assert found["id"] in (old["id"], release.manifest.id), found
    assert _whole(bench) == found["id"]
    which = "the new" if found["id"] == release.manifest.id else "the old"
    return f"cut in {phase}; booted in {boot_s:.0f} s; {which} release runs, whole and healthy"


def _taken_back(bench: Bench, release: Release, phase: str, said: str) -> str:
    before = _running(bench)
    state = bench.desk.push(bench.machine, release)
    reason = str(state["reason"])
    assert state["phase"] == phase, state
    assert said in reason or said == state["error"]["code"], state
    assert _settled(bench)["id"] == before["id"]
    assert _whole(bench) == before["id"]
    return f"{phase}: {reason}"


def _good(bench: Bench) -> Release:
    return bench.desk.build("1.1.0", aggregate={"window_s": 6})


def _other(bench: Bench) -> Release:
    """A good release that is not the one that runs, and is newer."""
    seconds = 7 if _running(bench)["window_s"] != 7 else 8
    return bench.desk.build("1.2.0", aggregate={"window_s": seconds})


def _running(bench: Bench) -> dict[str, Any]:
    found = bench.machine.agent("manifest")
    window_s = (found["configuration"].get("aggregate") or {}).get("window_s")
    return {"id": found["id"], "version": found["version"], "window_s": window_s}


def _settled(bench: Bench) -> dict[str, Any]:
    """What runs, once no trial is left and the daemon is ready."""

    def quiet() -> bool:
        status = bench.machine.agent("status")
        health = status.get("health") or {}
        return bool(not status.get("on_trial", True) and not status["transaction"] and health.get("ready"))

    _until(quiet, "a ready daemon without a trial")
    return _running(bench)


def _whole(bench: Bench) -> str:
    bench.machine.put(_WHOLE, "/tmp/whole.py")
    said = json.loads(bench.machine.says("sudo python3 /tmp/whole.py"))
    assert said["faults"] == [], said
    return str(said["id"])


def _pid(bench: Bench) -> str:
    return bench.machine.says("systemctl show emotion-edge --property=MainPID")


def _until(holds: Callable[[], bool], what: str) -> None:
    end_s = time.monotonic() + _SETTLED_WITHIN_S
    while not holds():
        if time.monotonic() > end_s:
            raise AssertionError(f"{what}: not within {_SETTLED_WITHIN_S:.0f} s")
        time.sleep(2)


def _times(state: dict[str, Any]) -> str:
    phases = {"upload": state.get("upload_s", 0.0), **state["phases"]}
    return ", ".join(f"{name} {seconds:.0f} s" for name, seconds in phases.items())


ROWS = (
    Row("first push", first_push),
    Row("the same again", push_again),
    Row("another configuration", configuration_push),
    Row("a release that fails its self-test", fails_its_self_test),
    Row("one that crashes on start", crashes_on_start),
    Row("one that never gets ready", never_ready),
    Row("one that is too slow", too_slow),
    Row("the agent killed in the gate", killed_transaction),
)

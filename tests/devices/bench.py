"""The device, the desk and the broker that a row works with, and what rows ask of them."""

from __future__ import annotations

import json
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
#: The launcher of a release, with something of its own before the daemon is started.
LAUNCHER = """#!/bin/sh
HERE=$(dirname "$(dirname "$(readlink -f "$0")")")
export EMOTION_EDGE_RELEASE="$HERE"
[ "$1" = run ] && {first}
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


def taken_back(bench: Bench, release: Release, phase: str, said: str) -> str:
    """Push a release that is not good: the one before runs afterwards, whole."""
    before = settled(bench)  # an interrupted run of this command may have left it in the middle of something
    state = bench.desk.push(bench.machine, release)
    reason = str(state["reason"])
    assert state["phase"] == phase, state
    assert said in reason or said == state["error"]["code"], state
    assert settled(bench)["id"] == before["id"]
    assert whole(bench) == before["id"]
    return f"{phase}: {reason}"


def good(bench: Bench) -> Release:
    """What bad releases are made of."""
    return bench.desk.build("1.1.0", aggregate={"window_s": 6})


def other(bench: Bench) -> Release:
    """A good release that is not the one that runs, and is newer."""
    seconds = 7 if running(bench)["window_s"] != 7 else 8
    return bench.desk.build("1.2.0", aggregate={"window_s": seconds})


def running(bench: Bench) -> dict[str, Any]:
    """``id``, ``version`` and ``window_s`` of the release that runs."""
    found = bench.machine.agent("manifest")
    window_s = (found["configuration"].get("aggregate") or {}).get("window_s")
    return {"id": found["id"], "version": found["version"], "window_s": window_s}


def settled(bench: Bench) -> dict[str, Any]:
    """What runs, once no trial is left and the daemon is ready."""

    def quiet() -> bool:
        status = bench.machine.agent("status")
        health = status.get("health") or {}
        return bool(not status.get("on_trial", True) and not status["transaction"] and health.get("ready"))

    until(quiet, "a ready daemon without a trial")
    return running(bench)


def whole(bench: Bench) -> str:
    """The release that runs, once each of its files was read."""
    bench.machine.put(_WHOLE, "/tmp/whole.py")
    said = json.loads(bench.machine.says("sudo python3 /tmp/whole.py"))
    assert said["faults"] == [], said
    return str(said["id"])


def pid(bench: Bench) -> str:
    """Of the daemon."""
    return bench.machine.says("systemctl show emotion-edge --property=MainPID")


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait for something that takes minutes on an emulated processor."""
    end_s = time.monotonic() + _SETTLED_WITHIN_S
    while not holds():
        if time.monotonic() > end_s:
            raise AssertionError(f"{what}: not within {_SETTLED_WITHIN_S:.0f} s")
        time.sleep(2)


def times(state: dict[str, Any]) -> str:
    """What each phase of a push took."""
    phases = {"upload": state.get("upload_s", 0.0), **state["phases"]}
    return ", ".join(f"{name} {seconds:.0f} s" for name, seconds in phases.items())

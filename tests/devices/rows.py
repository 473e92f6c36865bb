"""What is done to the test device, and what must come of it."""

from __future__ import annotations

import json
import random
import time

from tests.devices.bench import (
    LAUNCHER,
    Bench,
    Row,
    good,
    other,
    pid,
    running,
    settled,
    taken_back,
    times,
    until,
    whole,
)
from tests.devices.by_hand_row import bad_push_over_a_hand_made_daemon
from tests.devices.dying_rows import dies_after_the_gate, dies_while_it_is_watched


def first_push(bench: Bench) -> str:
    """Onto a device that knows only the operator's key."""
    state = bench.desk.push(bench.machine, bench.desk.build("1.0.0"))
    assert state["phase"] == "good", state
    before = sum(one.topic.endswith("/window") for one in bench.heard.heard)
    bench.heard.wait_for(before + 2, "/window", timeout_s=120)
    shown = bench.machine.says("systemctl show emotion-edge --property=ActiveState,User,NRestarts")
    assert {"ActiveState=active", "User=emotion-edge", "NRestarts=0"} <= set(shown.split()), shown
    told = json.loads(bench.heard.wait_for(1, "/window")[-1].payload)
    assert told["device"] == "test-device"
    return f"good; active under systemd as emotion-edge, windows at the broker; {times(state)}"


def push_again(bench: Bench) -> str:
    """Nothing to do, and nothing is done."""
    before = pid(bench)
    state = bench.desk.push(bench.machine, bench.desk.build("1.0.0"))
    assert (state["phase"], pid(bench)) == ("unchanged", before), state
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
    return f"good; {sent} bytes travelled; {times(state)}"


def fails_its_self_test(bench: Bench) -> str:
    """A setting that only the device itself can judge."""
    release = bench.desk.build("2.0.0", detector={"name": "yunet"})
    return taken_back(bench, release, "failed", "self-test-failed")


def crashes_on_start(bench: Bench) -> str:
    """It passes its self-test, and then dies at once."""
    program = LAUNCHER.format(first='{ echo "cannot live" >&2; exit 3; }')
    return taken_back(bench, bench.desk.spoil("2.1.0", good(bench), program), "rolled-back", "crashed")


def never_ready(bench: Bench) -> str:
    """It runs, and never reaches the broker."""
    port = bench.desk.broker_port + 1
    release = bench.desk.build("2.2.0", mqtt={"port": port}, gate={"ready_within_s": 240})
    return taken_back(bench, release, "rolled-back", "broker")


def too_slow(bench: Bench) -> str:
    """It is healthy in all but the time that a frame takes."""
    tiles = {"tiling": {"tile_px": 160, "overlap": 0.5}}
    release = bench.desk.build("2.3.0", detector=tiles, gate={"ready_within_s": 240})
    return taken_back(bench, release, "rolled-back", "too slow")


def killed_transaction(bench: Bench) -> str:
    """kill -9 of the agent while it watches the new release: the device ends the trial itself."""
    release = other(bench)
    bench.desk.upload(bench.machine, release)
    bench.desk.apply(bench.machine)
    until(lambda: bench.machine.agent("progress")["phase"] == "gate", "the gate")
    bench.machine.says("sudo systemctl kill --signal=KILL emotion-edge-apply.service")
    found = settled(bench)
    last = bench.machine.agent("audit", "--last", "1")["lines"][-1]
    assert last["verb"] == "heal", last
    return f"{found['version']} {last['outcome']} by {last['verb']}"


def power_cut(bench: Bench, chance: random.Random, within_s: float) -> str:
    """No power at a random moment of a push; afterwards one of the two releases runs, whole."""
    settled(bench)  # an interrupted run of this command may have left it in the middle of something
    release, old = other(bench), running(bench)
    bench.desk.greet(bench.machine)
    bench.desk.upload(bench.machine, release)
    bench.desk.apply(bench.machine)
    time.sleep(chance.uniform(0, within_s))
    phase = bench.machine.agent("progress").get("phase", "before the first phase")
    bench.machine.power_cut()
    boot_s = bench.machine.boot()
    bench.desk.greet(bench.machine)
    found = settled(bench)
    assert found["id"] in (old["id"], release.manifest.id), found
    assert whole(bench) == found["id"]
    which = "the new" if found["id"] == release.manifest.id else "the old"
    return f"cut in {phase}; booted in {boot_s:.0f} s; {which} release runs, whole and healthy"


ROWS = (
    Row("first push", first_push),
    Row("the same again", push_again),
    Row("another configuration", configuration_push),
    Row("a release that fails its self-test", fails_its_self_test),
    Row("one that crashes on start", crashes_on_start),
    Row("one that dies while it is watched", dies_while_it_is_watched),
    Row("one that dies after it was good", dies_after_the_gate),
    Row("one that never gets ready", never_ready),
    Row("one that is too slow", too_slow),
    Row("the agent killed in the gate", killed_transaction),
    Row("a bad first push over a daemon installed by hand", bad_push_over_a_hand_made_daemon),
)

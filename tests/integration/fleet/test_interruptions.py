"""Rollouts that something cuts short: a host away, a kill, Ctrl-C, somebody else's lock. Over real ssh."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

from deploy.release.store import Release
from tests.devices.fleet_desk import FleetDesk
from tests.devices.loopback import SSHD
from tests.integration.fleet.conftest import DEVICES, NAMES

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not SSHD, reason="needs sshd (Debian: openssh-server)"),
]


def _until(holds: Callable[[], bool], within_s: float = 120.0) -> None:
    until = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


def _progress(desk: FleetDesk, device: int) -> dict[str, Any]:
    """What the agent of a device says of its transaction."""
    path = desk.fleet[device].root / "var/lib/emotion-edge-agent/progress.json"
    told: dict[str, Any] = json.loads(path.read_text())
    return told


def test_an_offline_host_is_pending_and_resume_finishes_it(desk: FleetDesk, old: Release) -> None:
    release, away = desk.workshop.release("3.0.0"), desk.fleet[3]
    away.stop()
    pushed = desk.push(release)
    assert pushed.status == 14
    assert pushed.outcomes == {**dict.fromkeys(NAMES, "good"), away.name: "pending"}
    assert "Connection refused" in pushed.reason(away.name)
    still = desk.run("resume")
    assert (still.status, still.outcomes[away.name]) == (14, "pending")
    away.start()
    resumed = desk.run("resume")
    assert resumed.status == 0, resumed.stderr
    assert resumed.outcomes == dict.fromkeys(NAMES, "good")
    assert desk.running() == {release.manifest.id}
    assert desk.run("resume").status == 0


def test_without_its_canary_nobody_gets_a_release_unless_the_operator_says_so(
    desk: FleetDesk, old: Release
) -> None:
    release, canary = desk.workshop.release("3.2.0"), desk.fleet[0]
    canary.stop()
    try:
        pushed = desk.push(release)
        assert pushed.status == 12, pushed.stderr
        assert pushed.outcomes == {**dict.fromkeys(NAMES, "stopped"), "pi-01": "pending"}
        assert "no canary can take the release now (pi-01)" in pushed.reason("pi-02")
        assert "--without-canary" in pushed.stderr
        assert desk.running() == {old.manifest.id}
        assert not _locked(desk, *range(DEVICES))
        told = desk.run("resume", "--without-canary")
        assert told.outcomes == {**dict.fromkeys(NAMES, "good"), "pi-01": "pending"}, told.stderr
    finally:
        canary.start()
    assert desk.run("resume").status == 0


def test_nothing_changes_where_no_host_answers(desk: FleetDesk) -> None:
    for device in desk.fleet.devices[:2]:
        device.stop()
    try:
        pushed = desk.push(desk.workshop.release("3.1.0"), "--limit", "pi-01,pi-02")
        assert (pushed.status, set(pushed.outcomes.values())) == (12, {"pending"})
    finally:
        for device in desk.fleet.devices[:2]:
            device.start()


def test_of_two_pushes_at_once_the_second_is_refused_with_who_holds_the_lock(
    desk: FleetDesk, old: Release
) -> None:
    release = desk.workshop.release("6.0.0", gate={"soak_s": 4.0})
    lock = desk.fleet[4].root / "var/lib/emotion-edge-agent/lock.json"
    with desk.start("push", "--release", desk.releases(release), "--why", "the first") as first:
        _until(lock.exists)
        second = desk.push(desk.workshop.release("6.1.0"))
        assert second.status == 13
        assert "has it since" in second.reason("pi-05")
        assert ": the first " in second.reason("pi-05")
        assert f"it still runs (pid {first.pid})" in second.reason("pi-05")
        named = second.reason("pi-05").split("a push of yours, ")[1].split(":")[0]
        resumed = desk.run("resume", "--run", named)
        assert (resumed.status, "it still runs" in resumed.stderr) == (1, True), resumed.stderr
        done = desk.end(first)
    assert done.status == 0, done.stderr
    assert desk.running() == {release.manifest.id}


def test_a_push_whose_process_is_killed_is_finished_by_resume(desk: FleetDesk, old: Release) -> None:
    release = desk.workshop.release("7.0.0", gate={"soak_s": 3.0})
    with desk.start("push", "--release", desk.releases(release)) as killed:
        _until(lambda: _progress(desk, 1)["release"] == release.manifest.id)
        os.kill(killed.pid, signal.SIGKILL)
    # What the device has begun it ends by itself; the others wait for resume, which still holds their locks.
    _until(lambda: desk.fleet[1].release() == release.manifest.id)
    assert desk.fleet[4].release() == old.manifest.id
    refused = desk.push(release)
    named = re.search(r"python -m deploy resume --run (\S+)", refused.reason("pi-05"))
    assert named, refused.reason("pi-05")
    resumed = desk.run("resume", "--run", named[1])
    assert resumed.status == 0, resumed.stderr
    assert set(resumed.outcomes.values()) <= {"good", "unchanged"}
    assert desk.running() == {release.manifest.id}


def test_ctrl_c_in_mid_push_says_what_to_do_and_resume_finishes_it(desk: FleetDesk, old: Release) -> None:
    release = desk.workshop.release("7.1.0", gate={"soak_s": 4.0})
    with desk.start("push", "--release", desk.releases(release)) as process:
        _until(lambda: _progress(desk, 1)["release"] == release.manifest.id)
        os.killpg(process.pid, signal.SIGINT)  # what a terminal does
        interrupted = desk.end(process)
    assert interrupted.status == 130, interrupted.stderr
    assert "to finish it: python -m deploy resume" in interrupted.stderr
    assert interrupted.outcomes["pi-01"] == "good"
    assert [interrupted.outcomes[name] for name in NAMES[2:]] == ["stopped"] * 3
    assert "nothing has changed there" in interrupted.reason("pi-05")
    assert "Traceback" not in interrupted.stderr
    # The device that was at work ends it by itself; the others run what they ran, and nobody is locked out.
    _until(lambda: _progress(desk, 1)["phase"] == "good")
    assert [device.release() for device in desk.fleet.devices[2:]] == [old.manifest.id] * 3
    assert not _locked(desk, *range(2, 5))
    resumed = desk.run("resume")
    assert resumed.status == 0, resumed.stderr
    assert desk.running() == {release.manifest.id}
    assert not _locked(desk, *range(DEVICES))


@pytest.mark.parametrize(("by", "status"), [(signal.SIGHUP, 129), (signal.SIGTERM, 143)])
def test_a_closed_terminal_or_a_cancelled_job_ends_a_push_in_good_order(
    desk: FleetDesk, old: Release, monkeypatch: pytest.MonkeyPatch, by: signal.Signals, status: int
) -> None:
    monkeypatch.setitem(desk._environment, "AWS_SECRET_ACCESS_KEY", "topsecretvalue")
    release = desk.workshop.release(f"7.5.{status}", gate={"soak_s": 4.0})
    host = {
        "variables": {**desk.fleet.variables(desk.fleet[4]), "ansible_become_password": f"hunter{status}"}
    }
    inventory = desk.fleet.write(desk.folder / "with-password.yaml", of_host={"pi-05": host})
    with desk.start("push", "--release", desk.releases(release), inventory=inventory) as process:
        _until(lambda: _progress(desk, 1)["release"] == release.manifest.id)
        os.killpg(process.pid, by)
        interrupted = desk.end(process)
    assert interrupted.status == status, interrupted.stderr
    assert "to finish it: python -m deploy resume" in interrupted.stderr
    assert [interrupted.outcomes[name] for name in NAMES[2:]] == ["stopped"] * 3
    assert not _locked(desk, *range(2, 5))
    kept = [path for path in (desk.folder / "xdg_state_home").rglob("*") if path.is_file()]
    secrets = (f"hunter{status}".encode(), b"topsecretvalue")
    assert not [path for path in kept if any(secret in path.read_bytes() for secret in secrets)]
    resumed = desk.run("resume", inventory=inventory)
    assert resumed.status == 0, resumed.stderr
    assert desk.running() == {release.manifest.id}


def test_ctrl_c_in_a_soak_does_not_count_as_a_soak_that_was_passed(desk: FleetDesk, old: Release) -> None:
    release = desk.workshop.release("7.3.0")
    patient = desk.fleet.write(desk.folder / "patient.yaml", rollout={"soak_s": 20.0})
    with desk.start("push", "--release", desk.releases(release), inventory=patient) as process:
        _until(lambda: desk.fleet[0].release() == release.manifest.id)
        time.sleep(8)  # of the soak
        os.killpg(process.pid, signal.SIGINT)
        interrupted = desk.end(process)
    assert interrupted.outcomes["pi-01"] == "pending", interrupted.outcomes
    assert "interrupted while it was watched" in interrupted.reason("pi-01")
    assert desk.fleet[4].release() == old.manifest.id
    with desk.start("resume", inventory=patient) as process:
        time.sleep(4)  # before it watches, or while it does
        os.killpg(process.pid, signal.SIGINT)
        assert desk.end(process).status == 130
    assert desk.fleet[4].release() == old.manifest.id
    began = time.monotonic()
    resumed = desk.run("resume", inventory=patient)
    assert (resumed.status, resumed.outcomes["pi-01"]) == (0, "good"), resumed.stderr
    assert time.monotonic() - began > 20, "it was watched anew, to the end"
    assert desk.running() == {release.manifest.id}


def test_devices_that_are_lost_while_they_change_stop_the_rollout_and_resume_goes_on(
    desk: FleetDesk, old: Release
) -> None:
    release = desk.workshop.release("7.4.0", gate={"soak_s": 3.0})
    pairs = desk.fleet.write(desk.folder / "pairs.yaml", rollout={"batches": [2, "100%"]})
    lost = desk.fleet[1]
    with desk.start("push", "--release", desk.releases(release), inventory=pairs) as process:
        _until(lambda: lost.release() == release.manifest.id)
        lost.stop()  # it has switched, and its network is gone
        pushed = desk.end(process)
    lost.start()
    assert pushed.status == 14, pushed.stderr
    assert [pushed.outcomes[name] for name in NAMES] == ["good", "pending", "good", "stopped", "stopped"]
    assert [device.release() for device in desk.fleet.devices[3:]] == [old.manifest.id] * 2
    resumed = desk.run("resume", inventory=pairs)
    assert resumed.status == 0, resumed.stderr
    assert desk.running() == {release.manifest.id}


def _locked(desk: FleetDesk, *devices: int) -> list[int]:
    folder = "var/lib/emotion-edge-agent/lock.json"
    return [index for index in devices if (desk.fleet[index].root / folder).exists()]


def test_an_expired_lock_of_somebody_else_is_taken_over_and_told_one_in_force_is_not(
    desk: FleetDesk, old: Release
) -> None:
    release, now = desk.workshop.release("7.2.0"), time.time()
    hers = {"owner": "she@desk/1", "why": "her rollout", "since_s": now - 7200, "until_s": now + 3600}
    lock = desk.fleet[1].root / "var/lib/emotion-edge-agent/lock.json"
    lock.write_text(json.dumps(hers))
    refused = desk.push(release)
    assert refused.outcomes["pi-02"] == "locked"
    assert "she@desk/1 has it since 72" in refused.reason("pi-02")
    assert desk.running() == {old.manifest.id}
    lock.write_text(json.dumps({**hers, "until_s": now - 1}))
    pushed = desk.push(release)
    assert pushed.status == 0, pushed.stderr
    assert "pi-02: warning: the lock of she@desk/1 (her rollout) had expired" in pushed.stderr
    assert desk.running() == {release.manifest.id}

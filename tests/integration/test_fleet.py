"""Rollouts over real ssh: sshd on loopback, the real agent, real signatures, a daemon that is played."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.release.store import Release
from tests.devices.fleet_desk import ROOT, FleetDesk
from tests.devices.loopback import SSHD, LoopbackFleet, keygen

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not SSHD, reason="needs sshd (Debian: openssh-server)"),
]
DEVICES = 5
_NAMES = [f"pi-{number:02d}" for number in range(1, DEVICES + 1)]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FleetDesk]:
    folder = tmp_path_factory.mktemp("fleet")
    with LoopbackFleet(folder, DEVICES) as fleet:
        made = FleetDesk(folder, fleet)
        refused = made.run("init")
        assert refused.status == 1
        assert "--accept-new-host-keys" in refused.stderr
        greeted = made.run("init", "--accept-new-host-keys")
        assert greeted.status == 0, greeted.stderr
        assert greeted.stderr.count("SHA256:") == DEVICES
        assert made.run("status").status == 11  # nothing runs there yet
        yield made


@pytest.fixture
def old(desk: FleetDesk, request: pytest.FixtureRequest) -> Release:
    """A release that all devices run when the test begins."""
    release = desk.workshop.release(f"1.0.0+{request.node.name[:60]}")
    pushed = desk.push(release)
    assert pushed.status == 0, pushed.stderr
    assert desk.running() == {release.manifest.id}
    return release


def _until(holds: Callable[[], bool], within_s: float = 120.0) -> None:
    until = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_plan_changes_nothing_a_push_reaches_all_and_the_next_finds_nothing_to_do(desk: FleetDesk) -> None:
    release = desk.workshop.release("1.1.0", configuration={"aggregate": {"window_s": 5.0}})
    before = desk.running()
    planned = desk.run("plan", "--release", desk.releases(release))
    assert planned.status == 0, planned.stderr
    assert set(planned.outcomes.values()) == {"planned"}
    assert "configuration: aggregate.window_s: (none) -> 5.0" in planned.stderr
    assert desk.running() == before
    pushed = desk.push(release, "--why", "shorter windows")
    assert pushed.status == 0, pushed.stderr
    assert pushed.outcomes == dict.fromkeys(_NAMES, "good")
    assert [host["batch"] for host in pushed.document["hosts"]] == [1, 2, 3, 3, 3]
    assert desk.running() == {release.manifest.id}
    audit = (desk.fleet[4].root / "var/lib/emotion-edge-agent/audit.log").read_text().splitlines()
    assert any(json.loads(line)["verb"] == "apply" for line in audit)
    assert any(json.loads(line).get("why") == "shorter windows" for line in audit)
    again = desk.push(release)
    assert (again.status, set(again.outcomes.values())) == (0, {"unchanged"})
    assert desk.run("status").status == 0


def test_model_only_sends_the_model_and_nothing_else(desk: FleetDesk, old: Release) -> None:
    configuration = yaml.safe_load((ROOT / "config" / "edge.yaml").read_text())
    configuration["classifier"]["bundle"] = str(ROOT / "edge" / "models" / "fer-compact")
    base = desk.folder / "edge.yaml"
    base.write_text(yaml.safe_dump(configuration))
    quick = {"ready_within_s": 60.0, "soak_s": 0.2}
    inventory = desk.fleet.write(desk.folder / "with-model.yaml", configuration=str(base), gate=quick)
    pushed = desk.run("push", "--model-only", inventory=inventory)
    assert pushed.status == 0, pushed.stderr
    assert old.manifest.id not in desk.running()
    assert len(desk.running()) == DEVICES  # each with its own name in the configuration
    files = pushed.document["hosts"][0]["facts"]["diff"]["files"]
    assert files["removed"] == []
    assert files["changed"] == ["config/edge.yaml"]  # where it names the bundle
    assert {Path(name).parts[0] for name in files["added"]} == {"bundles"}


def test_a_host_that_rolls_back_stops_the_rollout_and_tells_why(desk: FleetDesk, old: Release) -> None:
    good, bad = desk.workshop.release("2.0.0"), desk.workshop.release("2.0.0", crash=True)
    pushed = desk.run("push", "--release", desk.releases(good, {"pi-02": bad}))
    assert pushed.status == 10
    expected = ["good", "rolled-back", "stopped", "stopped", "stopped"]
    assert pushed.outcomes == dict(zip(_NAMES, expected, strict=True))
    assert "it crashed: it has ended; cannot live" in pushed.reason("pi-02")
    assert "pi-02: rolled-back" in pushed.stderr
    running = [device.release() for device in desk.fleet.devices]
    assert running == [good.manifest.id, *[old.manifest.id] * 4]
    refused = desk.run("resume")
    assert refused.status == 1
    assert "stopped by failures: pi-02" in refused.stderr
    # The locks of those whose turn never came were given back.
    assert desk.push(old, "--allow-downgrade").status == 0


def test_failures_that_are_allowed_do_not_stop_the_rollout(desk: FleetDesk, old: Release) -> None:
    good, bad = desk.workshop.release("2.1.0"), desk.workshop.release("2.1.0", check=78, check_says="BAD x")
    lenient = {"batches": ["100%"], "max_fail_percentage": 50}
    inventory = desk.fleet.write(desk.folder / "lenient.yaml", rollout=lenient)
    pushed = desk.run("push", "--release", desk.releases(good, {"pi-02": bad}), inventory=inventory)
    assert pushed.status == 10
    assert pushed.outcomes == {**dict.fromkeys(_NAMES, "good"), "pi-02": "failed"}
    assert "BAD x" in pushed.reason("pi-02")
    assert desk.fleet[1].release() == old.manifest.id


def test_an_offline_host_is_pending_and_resume_finishes_it(desk: FleetDesk, old: Release) -> None:
    release, away = desk.workshop.release("3.0.0"), desk.fleet[3]
    away.stop()
    pushed = desk.push(release)
    assert pushed.status == 14
    assert pushed.outcomes == {**dict.fromkeys(_NAMES, "good"), away.name: "pending"}
    assert "Connection refused" in pushed.reason(away.name)
    still = desk.run("resume")
    assert (still.status, still.outcomes[away.name]) == (14, "pending")
    away.start()
    resumed = desk.run("resume")
    assert resumed.status == 0, resumed.stderr
    assert resumed.outcomes == dict.fromkeys(_NAMES, "good")
    assert desk.running() == {release.manifest.id}
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


def test_a_changed_host_key_a_wrong_key_or_no_sudo_stop_a_push_before_anything_changes(
    desk: FleetDesk, old: Release
) -> None:
    release, stranger = desk.workshop.release("4.0.0"), desk.folder / "stranger"
    keygen(stranger)
    changed, locked_out, no_root = desk.fleet[1], desk.fleet[2], desk.fleet[3]
    known = {path: path.read_bytes() for path in changed.folder.glob("host_key*")}
    for device in (changed, locked_out, no_root):
        device.stop()  # connections of the push before are kept open
    changed.new_host_key()
    for device in (changed, locked_out, no_root):
        device.start()
    no_root.program("sudo", "#!/bin/sh\necho 'sudo: a password is required' >&2\nexit 1\n")
    other = {**desk.fleet.variables(no_root), "ansible_become_user": "nobody"}  # root need not become root
    of_host: dict[str, dict[str, Any]] = {
        locked_out.name: {"ssh_key": str(stranger)},
        no_root.name: {"become": "sudo", "variables": other},
    }
    inventory = desk.fleet.write(desk.folder / "faults.yaml", of_host=of_host)
    try:
        pushed = desk.push(release, inventory=inventory)
        greeted = desk.run("init", "--accept-new-host-keys", inventory=inventory)
    finally:
        changed.stop()
        for path, content in known.items():
            path.write_bytes(content)
        changed.start()
    assert pushed.status == 11
    assert pushed.outcomes == {
        **dict.fromkeys(_NAMES, "stopped"),
        **dict.fromkeys((changed.name, locked_out.name, no_root.name), "failed"),
    }
    assert "its host key is not the one that is known" in pushed.reason(changed.name)
    assert "does not accept this ssh key" in pushed.reason(locked_out.name)
    assert "cannot become root" in pushed.reason(no_root.name)
    assert desk.running() == {old.manifest.id}
    # Accepting new host keys is not accepting changed ones.
    assert greeted.outcomes[changed.name] == "failed"
    assert "its host key is not the one that is known" in greeted.reason(changed.name)
    assert desk.push(old, "--allow-downgrade").status == 0


def test_an_unknown_host_is_refused_before_anything_is_asked(desk: FleetDesk) -> None:
    refused = desk.push(desk.workshop.release("5.0.0"), "--limit", "pi-77")
    assert refused.status == 78
    assert "'pi-77' is no host or group of the inventory; hosts: pi-01, " in refused.stderr


def test_a_release_that_was_not_signed_with_the_fleets_key_is_refused(desk: FleetDesk, old: Release) -> None:
    own, desk.workshop.key = desk.workshop.key, desk.folder / "intruder"
    keygen(desk.workshop.key)
    try:
        release = desk.workshop.release("5.1.0")
    finally:
        desk.workshop.key = own
    pushed = desk.push(release)
    assert pushed.status == 11
    assert "a key that this device does not trust" in pushed.reason("pi-01")
    assert desk.running() == {old.manifest.id}


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
        done = desk.end(first)
    assert done.status == 0, done.stderr
    assert desk.running() == {release.manifest.id}


def test_a_push_whose_process_is_killed_is_finished_by_resume(desk: FleetDesk, old: Release) -> None:
    release = desk.workshop.release("7.0.0", gate={"soak_s": 3.0})
    progress = desk.fleet[1].root / "var/lib/emotion-edge-agent/progress.json"
    with desk.start("push", "--release", desk.releases(release)) as killed:
        _until(lambda: json.loads(progress.read_text())["release"] == release.manifest.id)
        os.kill(killed.pid, signal.SIGKILL)
    # What the device has begun it ends by itself; the others wait for resume, which still holds their locks.
    _until(lambda: desk.fleet[1].release() == release.manifest.id)
    assert desk.fleet[4].release() == old.manifest.id
    resumed = desk.run("resume")
    assert resumed.status == 0, resumed.stderr
    assert set(resumed.outcomes.values()) <= {"good", "unchanged"}
    assert desk.running() == {release.manifest.id}


def test_ctrl_c_in_mid_push_says_what_to_do_and_resume_finishes_it(desk: FleetDesk, old: Release) -> None:
    release = desk.workshop.release("7.1.0", gate={"soak_s": 4.0})
    progress = desk.fleet[1].root / "var/lib/emotion-edge-agent/progress.json"
    with desk.start("push", "--release", desk.releases(release)) as process:
        _until(lambda: json.loads(progress.read_text())["release"] == release.manifest.id)
        os.killpg(process.pid, signal.SIGINT)  # what a terminal does
        interrupted = desk.end(process)
    assert interrupted.status == 130, interrupted.stderr
    assert "to finish it: python -m deploy resume" in interrupted.stderr
    assert interrupted.outcomes["pi-01"] == "good"
    assert [interrupted.outcomes[name] for name in _NAMES[2:]] == ["stopped"] * 3
    assert "nothing has changed there" in interrupted.reason("pi-05")
    assert "Traceback" not in interrupted.stderr
    # The device that was at work ends it by itself; the others run what they ran, and nobody is locked out.
    _until(lambda: json.loads(progress.read_text())["phase"] == "good")
    assert [device.release() for device in desk.fleet.devices[2:]] == [old.manifest.id] * 3
    assert not _locked(desk, *range(2, 5))
    resumed = desk.run("resume")
    assert resumed.status == 0, resumed.stderr
    assert desk.running() == {release.manifest.id}
    assert not _locked(desk, *range(DEVICES))


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


def test_rollback_and_prune_reach_the_chosen_hosts(desk: FleetDesk, old: Release) -> None:
    newer = desk.workshop.release("8.0.0")
    assert desk.push(newer).status == 0
    back = desk.run("rollback", "--limit", "pi-02", "--why", "flicker")
    assert back.status == 0, back.stderr
    assert [device.release() for device in desk.fleet.devices[:2]] == [newer.manifest.id, old.manifest.id]
    assert desk.run("prune").status == 0


def test_logs_are_the_hosts_own_journal(desk: FleetDesk) -> None:
    desk.fleet[2].program("journalctl", '#!/bin/sh\necho "asked: $*"\n')
    command = [sys.executable, "-m", "deploy", "logs", "pi-03", "-n", "7", "-i", str(desk.inventory)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said == "asked: --unit=emotion-edge --lines=7 --no-pager --output=short-iso\n"


def test_the_playbook_runs_under_plain_ansible_with_an_inventory_of_the_operators(
    desk: FleetDesk, old: Release
) -> None:
    release, device = desk.workshop.release("9.0.0"), desk.fleet[0]
    own = desk.folder / "hosts.ini"
    own.write_text(
        f"pi-01 ansible_host=127.0.0.1 ansible_port={device.port} ansible_become=false\n[all:vars]\n"
        f"ansible_ssh_private_key_file={desk.fleet.client_key}\nemotion_edge_root={device.root}\n"
        f"ansible_ssh_common_args='-o UserKnownHostsFile={desk.fleet.known_hosts}'\n"
    )
    released = desk.releases(release)
    command = ["ansible-playbook", "-i", str(own), "-i", released, "--limit", "pi-01"]
    done = subprocess.run(
        [*command, str(ROOT / "deploy" / "ansible" / "push.yml")],
        env=desk.plain_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert device.release() == release.manifest.id

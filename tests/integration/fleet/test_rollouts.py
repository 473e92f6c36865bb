"""Rollouts over real ssh: sshd on loopback, the real agent, real signatures, a daemon that is played."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.release.store import Release
from tests.devices.fleet_desk import ROOT, FleetDesk
from tests.devices.loopback import SSHD, keygen
from tests.integration.fleet.conftest import DEVICES, NAMES

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not SSHD, reason="needs sshd (Debian: openssh-server)"),
]


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
    assert pushed.outcomes == dict.fromkeys(NAMES, "good")
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
    assert pushed.outcomes == dict(zip(NAMES, expected, strict=True))
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
    away = desk.fleet[3]
    away.stop()
    pushed = desk.run("push", "--release", desk.releases(good, {"pi-02": bad}), inventory=inventory)
    away.start()
    assert pushed.status == 10
    expected = {**dict.fromkeys(NAMES, "good"), "pi-02": "failed"}
    assert pushed.outcomes == {**expected, "pi-04": "pending"}
    assert "BAD x" in pushed.reason("pi-02")
    resumed = desk.run("resume", inventory=inventory)
    assert (resumed.status, resumed.outcomes) == (10, expected), resumed.stderr
    assert desk.fleet[1].release() == old.manifest.id


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
        **dict.fromkeys(NAMES, "stopped"),
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
    assert {host["phase"] for host in pushed.document["hosts"]} == {"preflight"}
    assert desk.running() == {old.manifest.id}


def test_a_second_operator_takes_the_fleet_from_nobody_and_may_join(desk: FleetDesk, old: Release) -> None:
    (desk.folder / "ben").mkdir()
    key, signers = desk.folder / "ben/signing_key", "etc/emotion-edge/allowed_signers"
    bens = desk.fleet.write(
        desk.folder / "ben/fleet.yaml",
        signing_key=str(key),
        known_hosts=str(desk.folder / "ben/known_hosts"),
    )
    refused = desk.run("init", "--accept-new-host-keys", inventory=bens)
    assert refused.status == 11, refused.stderr
    assert "emotion-edge SHA256:" in refused.reason("pi-01")
    assert "--add-signer" in refused.reason("pi-01")
    newer = desk.workshop.release("5.2.0")
    assert desk.push(newer).status == 0
    assert desk.run("init", "--add-signer", inventory=bens).status == 0
    lines = {len((device.root / signers).read_text().splitlines()) for device in desk.fleet.devices}
    assert lines == {2}
    own, desk.workshop.key = desk.workshop.key, key
    try:
        of_ben = desk.workshop.release("5.3.0")
    finally:
        desk.workshop.key = own
    assert desk.push(of_ben, inventory=bens).status == 0
    assert desk.push(desk.workshop.release("5.4.0")).status == 0, "nor has anna lost it"
    assert desk.run("init").status == 0


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

"""The agent as processes: two at once, killed, on a full disk and on one that cannot be written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.fake_release import Workshop
from tests.integration.device_folder import DeviceFolder, until
from tests.integration.source_copy import REPOSITORY

pytestmark = pytest.mark.integration
_needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a file system needs root")


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    (tmp_path / "desk").mkdir()
    return Workshop(tmp_path / "desk")


@pytest.fixture
def device(tmp_path: Path, workshop: Workshop) -> Iterator[DeviceFolder]:
    made = DeviceFolder(tmp_path, tmp_path / "root", workshop.store)
    made.trust(workshop.trusted())
    yield made
    made.close()


@pytest.fixture
def small_disk(tmp_path: Path, workshop: Workshop) -> Iterator[DeviceFolder]:
    """A device whose disk has 48 MB, of which 32 stay free for the daemon."""
    root = tmp_path / "root"
    root.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(root)], check=True)
    made = DeviceFolder(tmp_path, root, workshop.store)
    made.trust(workshop.trusted())
    yield made
    made.close()
    until(lambda: subprocess.run(["umount", str(root)], check=False).returncode == 0, "unmounting")


def test_of_two_pushes_at_once_one_is_told_that_the_other_runs(
    device: DeviceFolder, workshop: Workshop
) -> None:
    first, second = workshop.release("1.0.0", gate={"soak_s": 5.0}), workshop.release("2.0.0")
    device.upload(first)
    device.upload(second)
    assert device.apply(first, "--detach") == {"started": True, "release": first.manifest.id}
    until(lambda: device.agent("progress")["running"], "the first transaction")
    assert device.apply(second)["error"]["code"] == "busy"
    assert device.agent("progress", "--wait-s", "60")["phase"] == "good"
    assert device.current == first.manifest.id


def test_a_transaction_killed_in_its_gate_is_ended_by_heal(device: DeviceFolder, workshop: Workshop) -> None:
    old = workshop.release("1.0.0")
    assert device.push(old)["phase"] == "good"
    bad = workshop.release("2.0.0", silent=True, gate={"ready_within_s": 3.0})
    device.upload(bad)
    process = subprocess.Popen(device.command(*device.apply_words(bad)), stdout=subprocess.DEVNULL)
    until(lambda: device.agent("progress")["phase"] == "gate", "the gate")
    until(lambda: device.agent("status")["daemon"]["active"], "the new daemon")
    process.send_signal(signal.SIGKILL)
    process.wait()
    status = device.agent("status")
    assert (status["on_trial"], status["transaction"]) == (True, False)
    healed = device.agent("heal")
    assert healed == {
        "action": "rolled-back",
        "reason": "not healthy in time: it has written no health record",
    }
    assert device.current == old.manifest.id
    assert device.agent("status")["daemon"]["active"]


def test_a_push_after_a_killed_one_returns_to_the_proven_release(
    device: DeviceFolder, workshop: Workshop
) -> None:
    old, killed = workshop.release("1.0.0"), workshop.release("2.0.0", silent=True)
    device.push(old)
    device.upload(killed)
    process = subprocess.Popen(device.command(*device.apply_words(killed)), stdout=subprocess.DEVNULL)
    until(lambda: device.agent("progress")["phase"] == "gate", "the gate")
    process.send_signal(signal.SIGKILL)
    process.wait()
    refused = device.push(workshop.release("3.0.0", crash=True))
    assert refused["error"]["code"] == "rolled-back"
    assert device.current == old.manifest.id


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ("edge/0", "schema: edge/0 is older than this software, which reads edge/1; write the file anew"),
        ("edge/2", "schema: edge/2 is newer than this software, which reads edge/1; bring newer software"),
        ("toaster/1", "schema: 'toaster/1' is another kind of file; this one must say edge/1"),
    ],
)
def test_a_configuration_of_another_schema_is_refused_before_the_switch(
    device: DeviceFolder, workshop: Workshop, schema: str, said: str
) -> None:
    old = workshop.release("1.0.0")
    assert device.push(old)["phase"] == "good"
    pid = device.daemon_pid
    program = f'#!/bin/sh\nPYTHONPATH={REPOSITORY} exec {sys.executable} -m edge "$@"\n'  # the real one
    configuration = (REPOSITORY / "config/edge.yaml").read_text().replace("edge/1", schema)
    files = {"bin/emotion-edge": program.encode(), "config/edge.yaml": configuration.encode()}
    refused = device.push(workshop.release("2.0.0", files=files))["error"]
    assert refused["code"] == "self-test-failed"
    assert said in refused["what"]
    assert (device.current, device.daemon_pid) == (old.manifest.id, pid)


@_needs_root
def test_a_disk_without_room_refuses_the_upload_and_the_old_release_runs_on(
    small_disk: DeviceFolder, workshop: Workshop
) -> None:
    old = workshop.release("1.0.0")
    assert small_disk.push(old)["phase"] == "good"
    pid = small_disk.daemon_pid
    big = workshop.release("2.0.0", files={"bundles/big/model.tflite": os.urandom(20_000_000)})
    plan = small_disk.agent("plan", "--manifest", big.manifest_path)
    assert [obstacle["code"] for obstacle in plan["obstacles"]] == ["disk-full"]
    answers = small_disk.upload(big)
    assert [answer["error"]["code"] for answer in answers if "error" in answer] == ["disk-full"]
    assert list((small_disk.root / "opt/emotion-edge/incoming").glob("*.part")) == []
    assert small_disk.apply(big)["error"]["code"] == "disk-full"
    assert (small_disk.current, small_disk.daemon_pid) == (old.manifest.id, pid)


@_needs_root
def test_a_disk_that_cannot_be_written_is_named_and_the_old_release_runs_on(
    small_disk: DeviceFolder, workshop: Workshop
) -> None:
    old, new = workshop.release("1.0.0"), workshop.release("2.0.0")
    small_disk.push(old)
    pid = small_disk.daemon_pid
    small_disk.upload(new)
    # Not a remount: the played daemon writes its record into the same folder.
    folder = str(small_disk.root / "opt")
    subprocess.run(["mount", "--bind", "-o", "ro", folder, folder], check=True)
    try:
        refused = small_disk.apply(new)["error"]
        assert refused["code"] == "read-only"
        assert refused["do"] == "remount it, or replace the card"
        assert (small_disk.current, small_disk.daemon_pid) == (old.manifest.id, pid)
    finally:
        subprocess.run(["umount", folder], check=True)
    assert small_disk.apply(new)["phase"] == "good"

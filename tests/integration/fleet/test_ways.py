"""Ways to a device: over a jump host, and as a user who must become root. Real sshd, real sudo.

What this needs of the machine (ssh's configuration, users, sudoers) is there for single processes only: in a
mount namespace of their own, which is gone with them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.devices.fleet_desk import FleetDesk
from tests.devices.loopback import SSHD, LoopbackDevice, LoopbackFleet

_OWN_MOUNTS = ["unshare", "--mount", "true"]
pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not SSHD, reason="needs sshd (Debian: openssh-server)"),
    pytest.mark.skipif(
        os.geteuid() != 0 or subprocess.run(_OWN_MOUNTS, capture_output=True, check=False).returncode != 0,
        reason="needs root, for mounts of its own",
    ),
]
_USER, _UID = "fleet-test", 4242
_ALL = f"{_USER} ALL=(ALL) NOPASSWD: ALL\n"


def own_mounts(files: dict[Path, Path]) -> list[str]:
    """What a command is begun with, so that it alone finds other files in these places."""
    mounts = [f"mount --bind {content} {place}" for place, content in files.items()]
    return ["unshare", "--mount", "sh", "-ec", "\n".join([*mounts, 'exec "$@"']), "-"]


@pytest.fixture
def fleet() -> Iterator[LoopbackFleet]:
    with tempfile.TemporaryDirectory(prefix="fleet-ways-") as folder:
        Path(folder).chmod(0o711)  # pytest's own folder lets no other user through
        with LoopbackFleet(Path(folder), 2) as made:
            yield made


@pytest.fixture
def desk(fleet: LoopbackFleet) -> FleetDesk:
    return FleetDesk(fleet.folder, fleet)


# --- a jump host: the second device is it, the first is pushed to ---


@pytest.fixture
def beyond(desk: FleetDesk, fleet: LoopbackFleet) -> FleetDesk:
    """A desk that reaches its only device over ``gate``, of which its ssh configuration tells."""
    device, gate = fleet.devices
    known, settings = desk.folder / "gate_known_hosts", desk.folder / "ssh_config"
    public = (gate.folder / "host_key.pub").read_text()
    known.write_text(f"[127.0.0.1]:{gate.port} {public}")
    settings.write_text(
        f"Host gate\n  HostName 127.0.0.1\n  Port {gate.port}\n  User root\n"
        f"  IdentityFile {fleet.client_key}\n  UserKnownHostsFile {known}\n  StrictHostKeyChecking yes\n"
    )
    fleet.devices = [device]
    desk.inventory = fleet.write(desk.inventory, of_host={device.name: {"jump_host": "gate"}})
    fleet.devices = [device, gate]
    desk.prefix = own_mounts({Path("/etc/ssh/ssh_config"): settings})
    return desk


def test_a_device_behind_a_jump_host_is_greeted_pushed_to_and_asked(beyond: FleetDesk) -> None:
    device, gate = beyond.fleet.devices
    greeted = beyond.run("init", "--accept-new-host-keys")
    assert greeted.status == 0, greeted.stderr
    release = beyond.workshop.release()
    pushed = beyond.push(release)
    assert pushed.status == 0, pushed.stderr
    assert device.release() == release.manifest.id
    assert gate.release() is None
    assert "Accepted publickey" in (gate.folder / "sshd.log").read_text()
    assert beyond.run("status").status == 0


def test_a_key_accepted_by_hand_or_behind_the_same_jump_host_before_is_known_and_no_other(
    beyond: FleetDesk,
) -> None:
    device, known = beyond.fleet[0], beyond.fleet.known_hosts
    known.write_text(f"[127.0.0.1]:{device.port} {(device.folder / 'host_key.pub').read_text()}")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(known)], check=True, capture_output=True)
    assert beyond.run("init").outcomes == {device.name: "good"}, "by ssh -J, hashed"
    (line,) = [line for line in known.read_text().splitlines() if line.startswith("127.0.0.1:")]
    assert line.startswith(f"127.0.0.1:{device.port}-via-gate ssh-ed25519 ")
    known.write_text(line.replace("-via-gate ", "-via-root@gate ") + "\n")
    assert beyond.run("status").reason(device.name) == "it runs no release; push one", "an older spelling"
    device.stop()
    device.new_host_key()
    device.start()
    known.write_text(line.replace("-via-gate ", "-via-other ") + "\n")
    assert "its host key is new" in beyond.run("init").reason(device.name), "another device of that address"
    assert known.read_text().count("\n") == 1


def test_a_jump_host_that_is_away_leaves_the_device_pending(beyond: FleetDesk) -> None:
    device, gate = beyond.fleet.devices
    assert beyond.run("init", "--accept-new-host-keys").status == 0
    old, new = beyond.workshop.release("1.0.0"), beyond.workshop.release("2.0.0")
    assert beyond.push(old).status == 0
    device.stop()  # connections of the push before are kept open
    device.start()
    gate.stop()
    away = beyond.push(new)
    assert (away.status, away.outcomes) == (12, {device.name: "pending"})
    assert away.reason(device.name).startswith("offline: ")
    assert device.release() == old.manifest.id
    gate.start()
    assert beyond.run("resume").status == 0
    assert device.release() == new.manifest.id


def test_a_jump_host_whose_key_is_not_known_is_refused_by_name(beyond: FleetDesk) -> None:
    (beyond.folder / "gate_known_hosts").write_text("")
    refused = beyond.run("init", "--accept-new-host-keys")
    assert refused.status != 0
    said = refused.reason(beyond.fleet[0].name) if refused.document["hosts"] else refused.stderr
    assert "the jump host's key is not known" in said


def test_what_the_jump_host_has_against_it_is_told_by_every_command(beyond: FleetDesk) -> None:
    device, gate = beyond.fleet.devices
    assert beyond.run("init", "--accept-new-host-keys").status == 0
    release = beyond.workshop.release()
    known = beyond.folder / "gate_known_hosts"
    right = known.read_text()
    for file, content, said in (
        (known, "", "the jump host's key is not known"),
        (gate.folder / "nobody", "", "the jump host does not accept the ssh key or user"),
    ):
        for each in (device, gate):  # connections that are kept open would be taken
            each.stop()
        config = gate.folder / "sshd_config"
        asked = config.read_text()
        file.write_text(content)
        if file != known:
            config.write_text(asked.replace(str(gate.authorized), str(file)))
        for each in (device, gate):
            each.start()
        for told in (beyond.run("status"), beyond.push(release)):
            assert (told.status, told.outcomes) == (12, {device.name: "pending"})
            assert told.reason(device.name).startswith(said)
        known.write_text(right)
        config.write_text(asked)


# --- a user who is not root ---


@pytest.fixture
def entered(desk: FleetDesk, fleet: LoopbackFleet) -> tuple[FleetDesk, LoopbackDevice, Path]:
    """A device with an unprivileged user, and the rules of its sudo."""
    fleet.devices[1].stop()
    device = fleet.devices[0]
    del fleet.devices[1:]
    device.stop()
    rules = desk.folder / "sudoers"
    device.prefix = _with_a_user(desk.folder, rules)
    os.chown(device.folder, _UID, _UID)  # its home
    device.start()
    of_host: dict[str, dict[str, Any]] = {device.name: {"user": _USER, "become": "sudo"}}
    desk.inventory = fleet.write(desk.inventory, of_host=of_host)
    return desk, device, rules


def _with_a_user(folder: Path, rules: Path) -> list[str]:
    home = folder / "home"
    home.mkdir()
    os.chown(home, _UID, _UID)
    lines = {
        "/etc/passwd": f"{_USER}:x:{_UID}:{_UID}::{home}:/bin/sh\n",
        "/etc/shadow": f"{_USER}:*:19000:0:99999:7:::\n",
        "/etc/group": f"{_USER}:x:{_UID}:\n",
    }
    files = {Path("/etc/sudoers"): rules}
    rules.write_text("")
    for place, line in lines.items():
        path = folder / Path(place).name
        path.write_text(Path(place).read_text() + line)
        path.chmod(Path(place).stat().st_mode & 0o777)
        files[Path(place)] = path
    return own_mounts(files)


_needs_sudo = pytest.mark.skipif(not shutil.which("sudo"), reason="needs sudo (Debian: sudo)")


@_needs_sudo
def test_a_user_whom_sudo_lets_be_root_pushes(entered: tuple[FleetDesk, LoopbackDevice, Path]) -> None:
    desk, device, rules = entered
    _allow(rules, _ALL)
    assert desk.run("init", "--accept-new-host-keys").status == 0
    release = desk.workshop.release()
    pushed = desk.push(release)
    assert pushed.status == 0, pushed.stderr
    assert device.release() == release.manifest.id
    assert (device.root / "opt/emotion-edge/releases" / release.manifest.id).owner() == "root"


@_needs_sudo
@pytest.mark.parametrize("rules_say", ["root ALL=(ALL) ALL\n", f"{_USER} ALL=(ALL) ALL\n"])
def test_a_user_whom_sudo_does_not_let_be_root_is_told_what_to_allow(
    entered: tuple[FleetDesk, LoopbackDevice, Path], rules_say: str
) -> None:
    desk, device, rules = entered
    _allow(rules, _ALL)
    assert desk.run("init", "--accept-new-host-keys").status == 0
    _allow(rules, rules_say)
    for refused in (desk.push(desk.workshop.release()), desk.run("init")):
        assert refused.status == 11
        assert refused.reason(device.name).startswith("the ssh user cannot become root: ")
        assert "sudo password" in refused.reason(device.name) or "a password" in refused.reason(device.name)
        assert "allow it sudo without a password" in refused.reason(device.name)
    assert device.release() is None


def _allow(rules: Path, text: str) -> None:
    rules.chmod(0o640)
    rules.write_text(text)
    rules.chmod(0o440)

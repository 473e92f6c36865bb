"""Keys that were accepted under another name than that behind a jump host."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.ansible_inventory import key_alias
from deploy.device import ConnectionLostError
from deploy.inventory import Host, Inventory
from deploy.ssh import host_keys
from deploy.ssh.host_keys import OfferedKey

pytestmark = pytest.mark.skipif(shutil.which("ssh") is None, reason="needs ssh (Debian: openssh-client)")
_OTHERS = "AAAAC3NzaC1lZDI1NTE5AAAAIBSsNmQexNxATg9pcru1oZYs+3g7HUCCWoMrBxgk1jvy"
_OWN = "AAAAC3NzaC1lZDI1NTE5AAAAIBSsNmQexNxATg9pcru1oZYs+3g7HUCCWoMrBxgk1jvx"
_ADOPTED = f"10.0.0.1:22-via-gate ssh-ed25519 {_OWN}\n"


def _fleet(folder: Path, **of_host: object) -> Inventory:
    host = {"name": "a", "address": "10.0.0.1", "jump_host": "me@gate", **of_host}
    known = str(folder / "known hosts")
    return Inventory.model_validate({"schema": "fleet/1", "known_hosts": known, "hosts": [host]})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hosts that were asked for their key; all of them show the same."""
    hosts: list[str] = []

    def offered(host: Host, inventory: Inventory) -> OfferedKey:
        hosts.append(host.name)
        return OfferedKey(f"{key_alias(host)} ssh-ed25519 {_OWN}\n", "256 SHA256:x")

    monkeypatch.setattr(host_keys, "offered", offered)
    return hosts


@pytest.mark.parametrize(
    "line",
    [
        "10.0.0.1 ssh-ed25519 {}",
        "pi,10.0.0.1 ssh-ed25519 {} by hand",
        "10.0.0.1:22-via-old@gate ssh-ed25519 {}",
        "10.0.0.1:22-via-other ssh-ed25519 {}",
    ],
)
@pytest.mark.parametrize("hashed", [False, True])
def test_the_key_that_was_accepted_for_the_address_gets_its_name_behind_the_jump_host(
    tmp_path: Path, asked: list[str], line: str, hashed: bool
) -> None:
    fleet, known = _fleet(tmp_path), tmp_path / "known hosts"
    known.write_text(line.format(_OWN) + "\n")
    if hashed and "via" not in line:
        subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(known)], check=True, capture_output=True)
    before = known.read_text()
    host_keys.adopt(fleet.hosts, fleet)
    assert known.read_text() == before + _ADOPTED
    host_keys.adopt(fleet.hosts, fleet)
    assert (asked, known.read_text()) == (["a"], before + _ADOPTED), "once"


def test_a_key_that_was_kept_under_the_fields_of_a_host_is_known_by_its_variables(
    tmp_path: Path, asked: list[str]
) -> None:
    fleet, known = _fleet(tmp_path, variables={"ansible_port": 2222}), tmp_path / "known hosts"
    before = f"10.0.0.1:22-via-gate ssh-ed25519 {_OWN}\n"
    known.write_text(before)
    host_keys.adopt(fleet.hosts, fleet)
    assert known.read_text() == f"{before}10.0.0.1:2222-via-gate ssh-ed25519 {_OWN}\n"


@pytest.mark.parametrize(
    "line",
    [
        f"10.0.0.1 ssh-ed25519 {_OTHERS}",  # another device of that address
        f"@revoked 10.0.0.1 ssh-ed25519 {_OWN}",
        f"@revoked 10.0.0.1 ssh-ed25519 {_OWN}\n10.0.0.1 ssh-ed25519 {_OWN}",
        f"@cert-authority 10.0.0.1 ssh-ed25519 {_OWN}",
        f"# 10.0.0.1 ssh-ed25519 {_OWN}",
        f"10.0.0.2 ssh-ed25519 {_OWN}",
        f"[10.0.0.1]:2222 ssh-ed25519 {_OWN}",
        f"10.0.0.1:2222-via-gate ssh-ed25519 {_OWN}",
        f"10.0.0.1:22-via-gate ssh-ed25519 {_OTHERS}\n10.0.0.1 ssh-ed25519 {_OWN}",  # it has changed
    ],
)
def test_no_other_key_is_ever_taken_over(tmp_path: Path, asked: list[str], line: str) -> None:
    fleet, known = _fleet(tmp_path), tmp_path / "known hosts"
    known.write_text(line + "\n")
    host_keys.adopt(fleet.hosts, fleet)
    assert known.read_text() == line + "\n"


@pytest.mark.parametrize(
    "of_host",
    [
        {"jump_host": None},
        {"variables": {"ansible_ssh_common_args": "-J gate"}},
        {"variables": {"ansible_connection": "local"}},
        {"variables": {"ansible_host": "{{ lookup('env', 'PI') }}"}},
    ],
)
def test_a_host_that_has_no_such_name_or_is_known_to_ansible_alone_is_not_asked(
    tmp_path: Path, asked: list[str], of_host: dict[str, object]
) -> None:
    fleet = _fleet(tmp_path, **of_host)
    (tmp_path / "known hosts").write_text(f"10.0.0.1 ssh-ed25519 {_OWN}\n")
    host_keys.adopt(fleet.hosts, fleet)
    assert asked == []


def test_a_host_of_whose_address_nothing_was_accepted_is_not_asked(tmp_path: Path, asked: list[str]) -> None:
    fleet = _fleet(tmp_path)
    host_keys.adopt(fleet.hosts, fleet)
    assert asked == []
    assert not (tmp_path / "known hosts").exists()


def test_a_device_that_is_away_is_left_to_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_host: Host, _inventory: Inventory) -> OfferedKey:
        raise ConnectionLostError("offline: no answer")

    monkeypatch.setattr(host_keys, "offered", away)
    fleet = _fleet(tmp_path)
    (tmp_path / "known hosts").write_text(f"10.0.0.1 ssh-ed25519 {_OWN}\n")
    host_keys.adopt(fleet.hosts, fleet)
    assert "via" not in (tmp_path / "known hosts").read_text()

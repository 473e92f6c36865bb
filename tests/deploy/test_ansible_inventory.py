from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.ansible_inventory import render, ssh_options
from deploy.inventory import Inventory
from deploy.selection import select
from deploy.ssh.command import as_root, ssh
from edge.errors import ConfigError


def _fleet(**of_first: object) -> Inventory:
    return Inventory.model_validate(
        {
            "schema": "fleet/1",
            "known_hosts": "/my keys/known",
            "groups": [{"name": "hall"}],
            "hosts": [
                {"name": "a", "address": "10.0.0.1", "groups": ["hall"], **of_first},
                {"name": "b", "address": "10.0.0.2", "canary": True, "user": "root", "become": "none"},
            ],
        }
    )


def test_hosts_stand_in_the_order_of_the_rollout_with_what_ssh_and_become_need() -> None:
    fleet = _fleet(ssh_key="/keys/id", jump_host="me@gate", port=2222)
    rendered = render(
        fleet, select(fleet, []), {"emotion_edge_why": "x"}, {"a": Path("/store/1/manifest.json")}
    )
    hosts = rendered["all"]["hosts"]
    assert list(hosts) == ["b", "a"]
    assert hosts["a"] == {
        "ansible_host": "10.0.0.1",
        "ansible_port": 2222,
        "ansible_user": "pi",
        "ansible_ssh_common_args": "-o StrictHostKeyChecking=yes -o 'UserKnownHostsFile=\"/my keys/known\"' "
        "-o GlobalKnownHostsFile=/dev/null -o IdentitiesOnly=yes -o ProxyJump=me@gate "
        "-o HostKeyAlias=10.0.0.1:2222-via-gate",
        "ansible_control_path": hosts["a"]["ansible_control_path"],
        "ansible_ssh_private_key_file": "/keys/id",
        "ansible_become_method": "sudo",
        "emotion_edge_manifest": "/store/1/manifest.json",
    }
    assert hosts["b"]["ansible_become"] is False
    assert rendered["all"]["vars"] == {"emotion_edge_why": "x"}
    assert rendered["all"]["children"] == {"canary": {"hosts": {"b": {}}}, "hall": {"hosts": {"a": {}}}}


def test_devices_of_one_address_behind_two_jump_hosts_share_neither_connection_nor_host_key() -> None:
    fleets = [_fleet(jump_host=gate) for gate in ("gate-1", "gate-2", "gate-1,gate-3")]
    hosts = [render(fleet, fleet.hosts, {})["all"]["hosts"]["a"] for fleet in fleets]
    paths = {host["ansible_control_path"] for host in hosts}
    assert len(paths) == 3
    assert all(path.startswith("%(directory)s/") and len(path) < 30 for path in paths)
    aliases = {ssh_options(fleet.hosts[0], fleet)[-1] for fleet in fleets}
    assert aliases == {f"HostKeyAlias=10.0.0.1:22-via-{way}" for way in ("gate-1", "gate-2", "gate-1_gate-3")}
    assert "ansible_control_path" not in render(_fleet(), _fleet().hosts, {})["all"]["hosts"]["a"]


@pytest.mark.parametrize(
    "ways",
    [
        [{"ansible_ssh_common_args": f"-o ProxyCommand='gate-{number} %h'"} for number in (1, 2)],
        [{"ansible_ssh_extra_args": f"-J gate-{number}"} for number in (1, 2)],
        [{"ansible_ssh_args": f"-J gate-{number}"} for number in (1, 2)],
        [{"ansible_ssh_common_args": "-J {{ inventory_hostname }}.gate"}] * 2,
        [{"ansible_host": "10.9.9.9"}, {"ansible_host": "10.9.9.9", "ansible_ssh_common_args": "-J gate"}],
    ],
)
def test_devices_of_one_address_behind_ways_of_their_own_share_no_connection(
    ways: list[dict[str, str]],
) -> None:
    hosts = [
        {
            "name": f"pi-{number}",
            "address": "10.9.9.9",
            "port": number,
            "variables": {"ansible_port": 22, **way},
        }
        for number, way in enumerate(ways, start=1)
    ]
    fleet = Inventory.model_validate({"schema": "fleet/1", "hosts": hosts})
    rendered = render(fleet, fleet.hosts, {})["all"]["hosts"]
    assert len({host["ansible_control_path"] for host in rendered.values()}) == 2


def test_behind_one_jump_host_the_address_that_ansible_takes_names_connection_and_host_key() -> None:
    def behind(**variables: object) -> Inventory:
        return _fleet(jump_host="gate", variables=variables)

    fleets = [behind(ansible_host="10.0.0.8"), behind(ansible_host="10.0.0.9", ansible_port=99)]
    hosts = [render(fleet, fleet.hosts, {})["all"]["hosts"]["a"] for fleet in fleets]
    assert len({host["ansible_control_path"] for host in hosts}) == 2
    aliases = [ssh_options(fleet.hosts[0], fleet)[-1] for fleet in fleets]
    assert aliases == ["HostKeyAlias=10.0.0.8:22-via-gate", "HostKeyAlias=10.0.0.9:99-via-gate"]
    template = behind(ansible_host="{{ lookup('env', 'SHOP') }}")
    assert ssh_options(template.hosts[0], template)[-1] == "HostKeyAlias=a:22-via-gate"


def test_a_host_key_is_known_whoever_logs_in_at_the_jump_host() -> None:
    aliases = {
        ssh_options(fleet.hosts[0], fleet)[-1]
        for fleet in (_fleet(jump_host=gates) for gates in ("gate,g-2:99", "root@gate,me@g-2:99"))
    }
    assert aliases == {"HostKeyAlias=10.0.0.1:22-via-gate_g-2:99"}


def test_variables_of_a_host_are_stronger_than_what_the_inventory_says() -> None:
    fleet = _fleet(variables={"ansible_port": 99, "ansible_become_password": "{{ vault_pi }}"})
    host = render(fleet, fleet.hosts, {})["all"]["hosts"]["a"]
    assert (host["ansible_port"], host["ansible_become_password"]) == (99, "{{ vault_pi }}")


def test_host_keys_are_checked_also_where_ssh_is_called_directly() -> None:
    fleet = _fleet(ssh_key="/keys/id")
    command = ssh(fleet.hosts[0], fleet)
    assert command[0] == "ssh"
    assert command[command.index("StrictHostKeyChecking=yes") - 1] == "-o"
    assert command[-3:] == ["-p", "22", "pi@10.0.0.1"]
    assert as_root(fleet.hosts[0], "journalctl") == ["sudo", "-n", "journalctl"]
    assert as_root(fleet.hosts[1], "journalctl") == ["journalctl"]


def test_ssh_takes_the_way_that_ansible_takes() -> None:
    fleet = _fleet(
        variables={
            "ansible_host": "shop.example.org",
            "ansible_port": 2222,
            "ansible_user": "edge",
            "ansible_ssh_private_key_file": "/keys/shop",
            "ansible_ssh_common_args": "-o ProxyCommand='gate %h'",
        }
    )
    command = ssh(fleet.hosts[0], fleet)
    assert command[-5:] == ["-i", "/keys/shop", "-p", "2222", "edge@shop.example.org"]
    assert "ProxyCommand=gate %h" in command
    names = {"ansible_ssh_host": "h", "ansible_ssh_port": 99, "ansible_private_key_file": "/k"}
    older = _fleet(variables=names)
    assert ssh(older.hosts[0], older)[-5:] == ["-i", "/k", "-p", "99", "pi@h"]
    torn = _fleet(variables={"ansible_ssh_common_args": "-o 'x"})
    with pytest.raises(ConfigError, match=r"a: variables: .*No closing quotation; close its quotes"):
        ssh(torn.hosts[0], torn)
    unknown = _fleet(variables={"ansible_host": "{{ lookup('env', 'SHOP') }}"})
    with pytest.raises(ConfigError, match=r"a: variables.ansible_host is a template"):
        ssh(unknown.hosts[0], unknown)


@pytest.mark.parametrize(
    ("own", "kept"), [("-o Compression=yes", True), ("-o UserKnownHostsFile=/mine", False)]
)
def test_host_keys_are_where_init_keeps_them_unless_a_host_says_where(own: str, kept: bool) -> None:
    fleet = _fleet(variables={"ansible_ssh_common_args": own})
    rendered = render(fleet, fleet.hosts, {})["all"]["hosts"]["a"]["ansible_ssh_common_args"]
    assert rendered.endswith(own)
    for words in (shlex.split(rendered), ssh(fleet.hosts[0], fleet)):
        assert ('UserKnownHostsFile="/my keys/known"' in words) == kept


@pytest.mark.skipif(shutil.which("ssh") is None, reason="needs ssh (Debian: openssh-client)")
def test_ssh_finds_host_keys_in_a_folder_with_a_space(tmp_path: Path) -> None:
    fleet = _fleet().model_copy(update={"known_hosts": tmp_path / "My 100% Fleet" / "known_hosts"})
    words = shlex.split(render(fleet, fleet.hosts, {})["all"]["hosts"]["a"]["ansible_ssh_common_args"])
    for command in (ssh(fleet.hosts[0], fleet, "-G"), ["ssh", "-G", *words, "10.0.0.1"]):
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        assert f"userknownhostsfile {fleet.known_hosts}" in said
        assert "hostname 10.0.0.1" in said

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import inventory
from deploy.inventory import Host, Inventory
from deploy.rollout_settings import Gate, Rollout
from edge.errors import ConfigError

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = ROOT / "config" / "fleet.yaml"


def test_the_annotated_example_names_every_field_with_its_default() -> None:
    example = inventory.load(EXAMPLE)
    first, second = example.hosts
    assert example.model_fields_set == set(Inventory.model_fields)
    assert example.rollout.model_fields_set == set(Rollout.model_fields)
    assert example.gate.model_fields_set == set(Gate.model_fields)
    assert (example.rollout, example.gate) == (Rollout(), Gate())
    assert first.model_fields_set == set(Host.model_fields)
    assert first == Host(name="pi-kitchen", address="192.0.2.10", canary=True)
    assert second == Host(name="pi-hall", address="pi-hall.local")


def test_all_faults_are_named_with_line_and_field(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text(
        "schema: fleet/1\nhosts:\n"
        "  - {name: a, address: 1.2.3.4, prot: 22}\n  - {name: b}\n  - {name: C, address: x}\n"
    )
    with pytest.raises(ConfigError) as caught:
        inventory.load(path)
    lines = str(caught.value).splitlines()
    assert [line.split(": ")[:2] for line in lines] == [
        [f"{path}:3", "hosts[0].prot"],
        [f"{path}:4", "hosts[1].address"],
        [f"{path}:5", "hosts[2].name"],
    ]


def test_two_hosts_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text("schema: fleet/1\nhosts:\n  - {name: a, address: x}\n  - {name: a, address: y}\n")
    with pytest.raises(ConfigError, match=r"fleet.yaml:4: hosts\[1\].name: 'a' is already"):
        inventory.load(path)


def test_values_that_yaml_reads_as_numbers_are_answered_with_quotes(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text(
        "schema: fleet/1\nhosts:\n"
        "  - {name: a, address: x, python: 3.11}\n  - {name: a, address: x, site: 5}\n"
    )
    with pytest.raises(ConfigError) as caught:
        inventory.load(path)
    assert [line.removeprefix(f"{path}:") for line in str(caught.value).splitlines()] == [
        "3: hosts[0].python: Input should be '3.10', '3.11', '3.12' or '3.13'; put it in quotes: \"3.11\" "
        "(given: 3.11)",
        "4: hosts[1].name: 'a' is already the name of hosts[0]; names must differ",
        '4: hosts[1].site: must be text; put it in quotes: "5" (given: 5)',
    ]


def test_hosts_lists_canaries_first_and_a_wrong_file_ends_with_78(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "deploy", "hosts", "--json", "--inventory"]
    said = subprocess.run([*command, str(EXAMPLE)], cwd=ROOT, capture_output=True, text=True, check=True)
    assert [host["name"] for host in json.loads(said.stdout)] == ["pi-kitchen", "pi-hall"]
    wrong = subprocess.run([*command, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert wrong.returncode == 78
    assert "Traceback" not in wrong.stderr


def test_listing_hosts_shows_no_password() -> None:
    variables: dict[str, str | bool | int | float]
    variables = {"ansible_become_pass": "hunter2", "ansible_password": "{{ vault_pi }}", "ansible_port": 99}
    host = Host(name="a", address="x", variables=variables)
    assert host.shown()["variables"] == {**variables, "ansible_become_pass": "***"}


def _load(tmp_path: Path, text: str) -> Inventory:
    path = tmp_path / "fleet.yaml"
    path.write_text("schema: fleet/1\n" + text)
    return inventory.load(path)


def test_overlays_apply_group_by_group_then_the_hosts_own_relative_to_the_file(tmp_path: Path) -> None:
    loaded = _load(
        tmp_path,
        "groups:\n  - {name: hall, overlay: hall.yaml}\n  - {name: bare}\n"
        "  - {name: jetson, overlay: /j.yaml}\n"
        "hosts:\n  - {name: a, address: x, groups: [jetson, bare, hall], overlay: a.yaml}\n",
    )
    found = loaded.overlays_of(loaded.hosts[0])
    assert found == [Path("/j.yaml"), tmp_path / "hall.yaml", tmp_path / "a.yaml"]


def test_devices_of_one_address_are_told_apart_by_port_jump_host_and_variables(tmp_path: Path) -> None:
    loaded = _load(
        tmp_path,
        "hosts:\n  - {name: a, address: x}\n  - {name: b, address: x, port: 23}\n"
        "  - {name: c, address: x, jump_host: gate}\n  - {name: d, address: x, jump_host: other}\n"
        "  - {name: e, address: x, variables: {ansible_port: 24}}\n",
    )
    assert len(loaded.hosts) == 5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hosts:\n  - {name: a, address: x, groups: [hall]}\n", "2: hosts: hosts[0] is in the group 'hall'"),
        (
            "groups:\n  - {name: canary}\nhosts:\n  - {name: a, address: x}\n",
            "3: groups[0].name: 'canary' is",
        ),
        ("rollout: {bathes: [1]}\nhosts:\n  - {name: a, address: x}\n", "2: rollout.bathes: unknown field"),
        ("rollout: {batches: [0]}\nhosts:\n  - {name: a, address: x}\n", "2: rollout.batches[0]"),
        ("rollout: {batches: [101%]}\nhosts:\n  - {name: a, address: x}\n", "2: rollout.batches[0]"),
        ("gate: {p95_factor: 0.5}\nhosts:\n  - {name: a, address: x}\n", "2: gate.p95_factor"),
        (
            "hosts:\n  - {name: a, address: Pi.local}\n  - {name: b, address: y}\n"
            "  - {name: c, address: pi.local}\n",
            "5: hosts[2].address: pi.local port 22 is already the address of hosts[0] (a); one device",
        ),
        (
            "groups:\n  - {name: hall}\nhosts:\n  - {name: a, address: x}\n  - {name: hall, address: y}\n",
            "6: hosts[1].name: 'hall' is the name of a group",
        ),
        ("hosts:\n  - {name: all, address: x}\n", "3: hosts[0].name: 'all' is the name of a group"),
        ("hosts:\n  - {name: a, address: x, become: root}\n", "3: hosts[0].become"),
        ("hosts:\n  - {name: a, address: x, become: doas}\n", "3: hosts[0].become"),  # no plugin of Ansible
    ],
)
def test_what_the_inventory_gets_wrong_is_told_with_line_and_field(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, text)
    assert f"fleet.yaml:{said}" in str(caught.value)


@pytest.mark.parametrize("batch", ["0", "0.5", "true", "0%", "half"])
def test_a_batch_that_is_none_is_one_fault_that_says_what_would_be(tmp_path: Path, batch: str) -> None:
    path = tmp_path / "fleet.yaml"
    hosts = "hosts:\n  - {name: a, address: x}\n"
    path.write_text(f"schema: fleet/1\nrollout: {{batches: [1, {batch}]}}\n{hosts}")
    with pytest.raises(ConfigError) as refused:
        inventory.load(path)
    faults = [line for line in str(refused.value).splitlines() if "batches" in line]
    assert len(faults) == 1
    assert 'must be a number of hosts from 1 on, or a share of them as "10%"' in faults[0]

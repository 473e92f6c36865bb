"""Where host keys are kept is ssh's own answer."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from deploy.inventory import Inventory
from deploy.ssh import host_keys, known_hosts
from deploy.ssh.host_keys import OfferedKey
from edge.errors import ConfigError

pytestmark = pytest.mark.skipif(shutil.which("ssh") is None, reason="needs ssh (Debian: openssh-client)")
_KEY = OfferedKey("10.0.0.1 ssh-ed25519 AAAA\n", "256 SHA256:x")


def _fleet(known: Path | None, common: str | None = None) -> Inventory:
    variables = {} if common is None else {"ansible_ssh_common_args": common}
    hosts = [{"name": "a", "address": "10.0.0.1", "variables": variables}]
    return Inventory.model_validate(
        {"schema": "fleet/1", "known_hosts": known and str(known), "hosts": hosts}
    )


@pytest.mark.parametrize("option", ["UserKnownHostsFile", "userknownhostsfile"])
def test_an_accepted_key_is_kept_where_the_options_of_a_host_say(tmp_path: Path, option: str) -> None:
    site = tmp_path / "of the site" / "known_hosts"
    fleet = _fleet(tmp_path / "known_hosts", f"""-o '{option}="{site}" /second'""")
    host_keys.accept(_KEY, fleet.hosts[0], fleet)
    assert site.read_text() == _KEY.lines
    assert not (tmp_path / "known_hosts").exists()
    assert known_hosts.files(fleet.hosts[0], fleet)[0] == site


def test_an_accepted_key_is_kept_where_the_configuration_of_ssh_says(tmp_path: Path) -> None:
    settings, site = tmp_path / "ssh_config", tmp_path / "site_known_hosts"
    settings.write_text(f"Host 10.0.0.*\n  UserKnownHostsFile {site}\n")
    fleet = _fleet(None, f"-F {settings}")
    host_keys.accept(_KEY, fleet.hosts[0], fleet)
    assert site.read_text() == _KEY.lines


def test_an_accepted_key_is_kept_where_the_inventory_says(tmp_path: Path) -> None:
    fleet = _fleet(tmp_path / "My 100% Fleet" / "known_hosts", "-o Compression=yes")
    host_keys.accept(_KEY, fleet.hosts[0], fleet)
    assert (tmp_path / "My 100% Fleet" / "known_hosts").read_text() == _KEY.lines


def test_that_ssh_keeps_no_host_keys_is_told(tmp_path: Path) -> None:
    fleet = _fleet(tmp_path / "known_hosts", "-o UserKnownHostsFile=none")
    with pytest.raises(ConfigError, match="a: ssh is told to keep no host keys"):
        host_keys.accept(_KEY, fleet.hosts[0], fleet)

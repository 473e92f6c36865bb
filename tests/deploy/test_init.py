"""First contact with a fleet: what one device does is no matter of the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.commands import init
from deploy.commands.report import console
from deploy.device import ConnectionLostError, DeviceError
from deploy.inventory import Host, Inventory
from deploy.ssh import host_keys
from deploy.ssh.host_keys import OfferedKey
from edge.errors import EmotionEdgeError

_UNKNOWN = DeviceError("host-key-unknown", "its host key is not known yet")


def _fleet(tmp_path: Path, **of_first: object) -> Inventory:
    return Inventory.model_validate(
        {
            "schema": "fleet/1",
            "known_hosts": str(tmp_path / "known_hosts"),
            "hosts": [
                {"name": "known", "address": "192.0.2.1", **of_first},
                {"name": "new", "address": "192.0.2.2"},
                {"name": "gone", "address": "192.0.2.3"},
            ],
        }
    )


@pytest.fixture(autouse=True)
def devices(monkeypatch: pytest.MonkeyPatch) -> None:
    """One is known, one is new, one goes away between two questions."""

    def offered(host: Host, _inventory: Inventory) -> OfferedKey:
        if host.name == "gone":
            raise ConnectionLostError("offline: timed out")
        return OfferedKey(f"{host.address} ssh-ed25519 AAAA\n", "256 SHA256:x")

    monkeypatch.setattr(host_keys, "trouble", lambda host, _: None if host.name == "known" else _UNKNOWN)
    monkeypatch.setattr(host_keys, "offered", offered)


def _met(fleet: Inventory, *, accept_new: bool) -> dict[str, EmotionEdgeError | None]:
    return init._meet(fleet.hosts, fleet, console(as_json=False), accept_new=accept_new)


def test_a_device_that_goes_away_keeps_no_other_from_being_prepared(tmp_path: Path) -> None:
    fleet = _fleet(tmp_path)
    met = _met(fleet, accept_new=True)
    assert (met["known"], met["new"]) == (None, None)
    assert str(met["gone"]) == "offline: timed out"
    assert (tmp_path / "known_hosts").read_text() == "192.0.2.2 ssh-ed25519 AAAA\n"


def test_without_a_terminal_only_a_new_device_is_left_out(tmp_path: Path) -> None:
    met = _met(_fleet(tmp_path), accept_new=False)
    assert met["known"] is None
    assert "--accept-new-host-keys" in str(met["new"])
    assert not (tmp_path / "known_hosts").exists()


def test_a_key_goes_on_a_line_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "known_hosts").write_text("192.0.2.9 ssh-ed25519 OLD comment")
    _met(_fleet(tmp_path), accept_new=True)
    lines = (tmp_path / "known_hosts").read_text().splitlines()
    assert lines == ["192.0.2.9 ssh-ed25519 OLD comment", "192.0.2.2 ssh-ed25519 AAAA"]

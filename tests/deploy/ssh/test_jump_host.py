from __future__ import annotations

import pytest

from deploy.device import DeviceError
from deploy.fleet_run import Ended
from deploy.inventory import Host, Inventory
from deploy.row import Row
from deploy.ssh import host_keys
from deploy.ssh.jump_host import explained
from edge.errors import EmotionEdgeError

_FLEET = Inventory.model_validate(
    {
        "schema": "fleet/1",
        "hosts": [
            *({"name": f"behind-{n}", "address": f"10.0.0.{n}", "jump_host": "gate"} for n in (1, 2, 3, 4)),
            {"name": "direct", "address": "192.0.2.1"},
        ],
    }
)
_OFFLINE = "offline: kex_exchange_identification: Connection closed by remote host"


def test_why_devices_behind_a_jump_host_stayed_away_is_asked_of_plain_ssh(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    def trouble(host: Host, _inventory: Inventory) -> EmotionEdgeError | None:
        asked.append(host.name)
        return (
            None if host.name == "behind-2" else DeviceError("jump-host", "the jump host's key is not known")
        )

    monkeypatch.setattr(host_keys, "trouble", trouble)
    rows = [
        Row("behind-1", outcome="pending", reason=_OFFLINE),
        Row("behind-2", outcome="pending", reason="Failed to connect to the host via ssh: no"),
        Row("behind-3", outcome="failed", reason="offline: so said the agent"),
        Row("behind-4", outcome="good"),
        Row("direct", outcome="pending", reason=_OFFLINE),
    ]
    told = explained(Ended(rows, interrupted=False), _FLEET)
    assert sorted(asked) == ["behind-1", "behind-2"]
    assert told.rows[0] == Row("behind-1", outcome="pending", reason="the jump host's key is not known")
    assert told.rows[1:] == rows[1:]
    assert explained(Ended(rows, interrupted=True), _FLEET).rows == rows, (
        "who pressed Ctrl-C waits for nothing"
    )

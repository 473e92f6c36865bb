"""What Ansible is given, and what of it stays."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from deploy import fleet_run, run_record
from deploy.fleet_run import Site
from deploy.inventory import Inventory
from deploy.run_record import PlannedHost

FLEET = Inventory.model_validate(
    {
        "schema": "fleet/1",
        "hosts": [{"name": "a", "address": "x", "variables": {"ansible_become_password": "hunter2"}}],
    }
)


class PlayedRunner:
    """Stands in for ansible-runner: keeps what the inventory was while the play ran."""

    def __init__(self, ends_with: Exception | None = None) -> None:
        self._ends_with = ends_with
        self.seen: list[tuple[str, int]] = []

    def run_async(self, *, inventory: str, event_handler: Any, **_: Any) -> tuple[Any, Any]:
        path = Path(inventory)
        self.seen.append((path.read_text(), path.stat().st_mode & 0o777))
        event_handler({"event": "playbook_on_stats"})
        return SimpleNamespace(is_alive=self._is_alive, join=lambda _s: None), None

    def _is_alive(self) -> bool:
        if self._ends_with:
            raise self._ends_with
        return False


@pytest.mark.parametrize("ends_with", [None, OSError("broken")])
def test_passwords_of_hosts_do_not_outlive_the_play(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends_with: Exception | None
) -> None:
    played = PlayedRunner(ends_with)
    monkeypatch.setitem(sys.modules, "ansible_runner", played)
    record = run_record.begin(tmp_path, "status", tmp_path / "fleet.yaml", {"a": PlannedHost(None, 1)})
    site = Site(tmp_path, tmp_path / "agent.pyz")
    try:
        fleet_run.run("status.yml", record, FLEET, FLEET.hosts, site, Console(quiet=True))
    except OSError:
        assert ends_with is not None
    ((text, mode),) = played.seen
    assert "hunter2" in text
    assert mode == 0o600
    kept = [path for path in record.folder.rglob("*") if path.is_file()]
    assert not [path for path in kept if "hunter2" in path.read_text()]

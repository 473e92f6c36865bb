"""What Ansible is given, and what of it stays."""

from __future__ import annotations

import sys
from contextlib import suppress
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

    def __init__(self, ends_with: Exception | None = None, *, starts: bool = True) -> None:
        self._ends_with, self._starts = ends_with, starts
        self.seen: list[tuple[str, int]] = []
        self.at_start: list[Path] = []

    def run_async(
        self, *, private_data_dir: str, inventory: str, event_handler: Any, **_: Any
    ) -> tuple[Any, Any]:
        path = Path(inventory)
        self.seen.append((path.read_text(), path.stat().st_mode & 0o777))
        if not self._starts:
            raise OSError("broken")
        written = Path(private_data_dir, "artifacts", "1", "command")
        written.parent.mkdir(parents=True)
        written.write_text('{"env": {"AWS_SECRET_ACCESS_KEY": "topsecret"}}')
        event_handler({"event": "playbook_on_start"})
        self.at_start = [file for file in Path(private_data_dir).rglob("command") if file.exists()]
        event_handler({"event": "playbook_on_stats"})
        return SimpleNamespace(is_alive=self._is_alive, join=lambda _s: None), None

    def _is_alive(self) -> bool:
        if self._ends_with:
            raise self._ends_with
        return False


@pytest.mark.parametrize(
    "played", [PlayedRunner(), PlayedRunner(OSError("broken")), PlayedRunner(starts=False)]
)
def test_passwords_of_hosts_and_the_operators_environment_do_not_outlive_the_play(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, played: PlayedRunner
) -> None:
    monkeypatch.setitem(sys.modules, "ansible_runner", played)
    record = run_record.begin(tmp_path, "status", tmp_path / "fleet.yaml", {"a": PlannedHost(None, 1)})
    site = Site(tmp_path, tmp_path / "agent.pyz")
    with suppress(OSError):
        fleet_run.run("status.yml", record, FLEET, FLEET.hosts, site, Console(quiet=True))
    ((text, mode),) = played.seen
    assert "hunter2" in text
    assert mode == 0o600
    kept = [path for path in record.folder.rglob("*") if path.is_file()]
    assert not [path for path in kept if "hunter2" in path.read_text() or "topsecret" in path.read_text()]
    assert not played.at_start, "nor does a kill -9 leave the environment behind"

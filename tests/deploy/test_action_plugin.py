"""What Ansible is told of a device that does not answer any more; the steps are played."""

from __future__ import annotations

import importlib.util
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from deploy.ansible_run import PLAYBOOKS
from deploy.device import ConnectionLostError

errors = pytest.importorskip("ansible.errors", reason="needs ansible-core (extra deploy)")


def _plugin() -> ModuleType:
    path = PLAYBOOKS / "roles" / "emotion_edge" / "action_plugins" / "emotion_edge.py"
    spec = importlib.util.spec_from_file_location("emotion_edge_action", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _lost_in(step: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    plugin = _plugin()

    def lost(*_: Any, **__: Any) -> dict[str, Any]:
        raise ConnectionLostError("offline: no answer")

    monkeypatch.setattr(plugin, "run_step", lost)
    monkeypatch.setattr(plugin.ActionBase, "run", lambda *_: {})
    action = object.__new__(plugin.ActionModule)
    action._task = SimpleNamespace(args={"step": step, "order": {}}, check_mode=False)
    found: dict[str, Any] = action.run()
    return found


@pytest.mark.parametrize("step", ["apply", "soak"])
def test_a_device_that_is_lost_while_it_changes_counts_among_the_failures(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = _lost_in(step, monkeypatch)
    assert told["failed"], "Ansible does not count hosts that it cannot reach"
    assert told["msg"] == "offline: no answer"


@pytest.mark.parametrize("step", ["preflight", "transfer", "status"])
def test_a_device_that_is_away_before_anything_changed_stops_no_others(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(errors.AnsibleConnectionFailure, match="offline: no answer"):
        _lost_in(step, monkeypatch)

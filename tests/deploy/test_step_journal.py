"""What a step leaves in the journal of its run when it fails."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from deploy.device import ConnectionLostError, DeviceError, Ran
from deploy.release.store import Release
from deploy.steps.step import run_step
from tests.deploy.local_device import Bench
from tests.deploy.whole_push import push

#: Real processes: agents, daemons.
pytestmark = pytest.mark.integration


@pytest.mark.parametrize(("reached", "phase"), [(0, "preflight"), (1, "switch")])
def test_a_rollback_tells_whether_it_was_lost_before_the_device_changed(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reached: int, phase: str
) -> None:
    first, second = bench.workshop.release(), bench.workshop.release("1.1.0")
    push(bench, first)
    push(bench, second)
    journal = tmp_path / "journal"
    journal.mkdir()
    run, calls = bench.device.run, iter(range(100))

    def lost(command: Sequence[str], stdin: bytes = b"") -> Ran:
        if next(calls) >= reached:
            raise ConnectionLostError("offline: x")
        return run(command, stdin)

    monkeypatch.setattr(bench.device, "run", lost)
    with pytest.raises(ConnectionLostError):
        run_step(bench.device, _given(bench, journal, second, step="rollback"), check=False)
    last = json.loads((journal / "pi-test.jsonl").read_text().splitlines()[-1])
    assert (last["phase"], last["outcome"]) == (phase, "pending")


def test_a_step_writes_to_the_journal_how_it_failed(bench: Bench, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    journal.mkdir()
    given = _given(bench, journal, bench.workshop.release(arch="m68k"), step="preflight")
    with pytest.raises(DeviceError):
        run_step(bench.device, given, check=False)
    last = (journal / "pi-test.jsonl").read_text().splitlines()[-1]
    assert '"outcome": "failed"' in last
    assert "m68k" in last
    bench.device.losses = 1
    with pytest.raises(ConnectionLostError):
        run_step(bench.device, given, check=False)
    assert '"outcome": "pending"' in (journal / "pi-test.jsonl").read_text().splitlines()[-1]


def _given(bench: Bench, journal: Path, release: Release, step: str) -> dict[str, Any]:
    """What the role tells a step."""
    return {
        "step": step,
        "host": "pi-test",
        "agent": str(bench.agent_file),
        "owner": "me",
        "why": "x",
        "root": str(bench.device.root),
        "supervisor": "process",
        "python": "python3",
        "to": "",
        "manifest": str(release.manifest_path),
        "blobs": "",
        "soak_s": "0",
        "journal": str(journal),
        "lock_ttl_s": "60",
        "lost_after_s": "1",
        "allow_downgrade": False,
        "allow_rename": False,
        "keep_releases": "2",
        "min_free_bytes": "0",
    }

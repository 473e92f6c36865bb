"""What a resumed push does in which order; Ansible is played."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from deploy import fleet_run, rollout, run_lock, run_record
from deploy.fleet_run import Ended, Site
from deploy.inventory import Inventory
from deploy.journal import teller
from deploy.run_record import PlannedHost, RunRecord
from edge.errors import EmotionEdgeError

SITE = Site(Path("/store"), Path("/agent"))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What Ansible was asked for: hosts in order, and the variables of the rollout."""
    calls: list[dict[str, Any]] = []

    def run(_book: str, _record: object, _fleet: object, hosts: Any, *_: object, **more: Any) -> Ended:
        calls.append({"hosts": [host.name for host in hosts], **more["variables"]})
        return Ended([], interrupted=False)

    monkeypatch.setattr(fleet_run, "run", run)
    return calls


def _fleet(count: int, batches: list[str | int]) -> Inventory:
    hosts = [{"name": f"h{number}", "address": f"192.0.2.{number + 1}"} for number in range(count)]
    return Inventory.model_validate({"schema": "fleet/1", "rollout": {"batches": batches}, "hosts": hosts})


def _begun(folder: Path, fleet: Inventory, batch_of: list[int]) -> RunRecord:
    planned = {host.name: PlannedHost("/m", batch) for host, batch in zip(fleet.hosts, batch_of, strict=True)}
    return run_record.begin(folder, "push", folder / "fleet.yaml", planned)


def test_those_that_changed_over_and_were_not_watched_come_first_and_alone(
    tmp_path: Path, asked: list[dict[str, Any]]
) -> None:
    fleet = _fleet(10, ["50%", "100%"])
    record = _begun(tmp_path, fleet, [1] * 5 + [2] * 5)
    for number in range(5):
        teller(record.journal_folder, f"h{number}")("gate", outcome="good")
    teller(record.journal_folder, "h0")("soak", outcome="good")
    rollout.resume(record, fleet, fleet.hosts, SITE, Console(quiet=True))
    (call,) = asked
    assert call["hosts"] == ["h1", "h2", "h3", "h4", "h5", "h6", "h7", "h8", "h9"]
    assert call["emotion_edge_batches"] == [4, 2, 3], "the four have a batch, and so its soak, of their own"
    assert call["emotion_edge_soak_owed"] == ["h1", "h2", "h3", "h4"]


def test_a_push_that_has_ended_is_not_watched_again(tmp_path: Path, asked: list[dict[str, Any]]) -> None:
    fleet = _fleet(3, [1, "100%"])
    record = _begun(tmp_path, fleet, [1, 2, 2])
    for number in range(3):
        teller(record.journal_folder, f"h{number}")("gate", outcome="good")
    teller(record.journal_folder, "h0")("soak", outcome="good")
    ended = rollout.resume(record, fleet, fleet.hosts, SITE, Console(quiet=True))
    assert [row.outcome for row in ended.rows] == ["good"] * 3
    assert asked == []


def test_one_that_was_offline_is_finished_without_touching_the_others_of_the_last_batch(
    tmp_path: Path, asked: list[dict[str, Any]]
) -> None:
    fleet = _fleet(3, [1, "100%"])
    record = _begun(tmp_path, fleet, [1, 2, 2])
    for number in range(2):
        teller(record.journal_folder, f"h{number}")("gate", outcome="good")
    teller(record.journal_folder, "h0")("soak", outcome="good")
    teller(record.journal_folder, "h2")("preflight", outcome="pending", reason="offline")
    rollout.resume(record, fleet, fleet.hosts, SITE, Console(quiet=True))
    assert asked[0]["hosts"] == ["h2"]
    assert asked[0]["emotion_edge_batches"] == [1]
    assert asked[0]["emotion_edge_soak_owed"] == []


def test_a_push_that_still_runs_is_not_resumed_beside_it(tmp_path: Path, asked: list[dict[str, Any]]) -> None:
    fleet = _fleet(3, [1, "100%"])
    record = _begun(tmp_path, fleet, [1, 2, 2])
    teller(record.journal_folder, "h0")("gate", outcome="rolled-back", reason="it crashed")
    with run_lock.held(record.folder), pytest.raises(EmotionEdgeError, match=r"it still runs \(pid"):
        rollout.resume(record, fleet, fleet.hosts, SITE, Console(quiet=True))
    assert asked == []


def _with_canary(fleet: Inventory, canary: str) -> Inventory:
    return fleet.model_copy(
        update={
            "hosts": tuple(host.model_copy(update={"canary": host.name == canary}) for host in fleet.hosts)
        }
    )


def test_a_canary_that_was_away_must_take_it_first_unless_the_operator_says_otherwise(
    tmp_path: Path, asked: list[dict[str, Any]]
) -> None:
    fleet = _with_canary(_fleet(3, ["100%"]), "h0")
    record = _begun(tmp_path, fleet, [1, 2, 2])
    teller(record.journal_folder, "h0")("preflight", outcome="pending", reason="offline")
    for without in (False, True):
        rollout.resume(record, fleet, fleet.hosts, SITE, Console(quiet=True), without_canary=without)
    assert [call["emotion_edge_canaries"] for call in asked] == [["h0"], []]
    teller(record.journal_folder, "h0")("gate", outcome="good")
    teller(record.journal_folder, "h0")("soak", outcome="good")
    rollout.resume(record, fleet, fleet.hosts, SITE, Console(quiet=True))
    assert asked[-1]["emotion_edge_canaries"] == [], "it has it, and was watched"


def test_after_failures_that_were_allowed_what_is_pending_is_finished_and_the_failed_stay(
    tmp_path: Path, asked: list[dict[str, Any]]
) -> None:
    fleet = _fleet(5, ["100%"])
    lenient = fleet.model_copy(
        update={"rollout": fleet.rollout.model_copy(update={"max_fail_percentage": 50})}
    )
    record = _begun(tmp_path, fleet, [1, 1, 1, 1, 2])
    for number, outcome in enumerate(("good", "rolled-back", "good")):
        teller(record.journal_folder, f"h{number}")("gate", outcome=outcome)
    teller(record.journal_folder, "h1")("soak", outcome="rolled-back", reason="it crashed")
    teller(record.journal_folder, "h3")("preflight", outcome="pending", reason="offline")
    for number in (0, 2):
        teller(record.journal_folder, f"h{number}")("soak", outcome="good")
    with pytest.raises(EmotionEdgeError, match=r"stopped by failures: h1 \(it crashed\)"):
        rollout.resume(record, fleet, fleet.hosts, SITE, Console(quiet=True))
    ended = rollout.resume(record, lenient, fleet.hosts, SITE, Console(quiet=True))
    assert asked[0]["hosts"] == ["h3", "h4"]
    assert [row.outcome for row in ended.rows][:2] == ["good", "rolled-back"]

"""What a push asks of Ansible, and what it writes down before; Ansible is played."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from deploy import fleet_run, rollout, run_record
from deploy.fleet_run import Ended, Site
from deploy.inventory import Inventory
from deploy.journal import Outcome, teller
from deploy.run_record import PlannedHost, RunRecord
from edge.errors import EmotionEdgeError

SITE = Site(Path("/store"), Path("/agent"))
QUIET = Console(quiet=True)
FLEET = Inventory.model_validate(
    {
        "schema": "fleet/1",
        "rollout": {"batches": [2, "100%"], "max_fail_percentage": 20},
        "hosts": [
            {"name": f"h{number}", "address": f"192.0.2.{number + 1}", "canary": number == 0}
            for number in range(6)
        ],
    }
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What Ansible was asked for: the playbook, whether it only looks, and the variables of the rollout."""
    calls: list[dict[str, Any]] = []

    def run(book: str, *_: object, variables: dict[str, Any], check: bool) -> Ended:
        calls.append({"book": book, "check": check, **variables})
        return Ended([], interrupted=False)

    monkeypatch.setattr(fleet_run, "run", run)
    return calls


def _push(runs: Path, **options: bool) -> RunRecord:
    manifests = {host.name: Path(f"/m/{host.name}") for host in FLEET.hosts}
    record, _ = rollout.push(
        FLEET, runs / "fleet.yaml", FLEET.hosts, manifests, SITE, QUIET, runs=runs, why="mended", **options
    )
    return run_record.read(record.folder)


def test_a_push_goes_batch_by_batch_and_stops_at_the_share_of_failures_of_the_fleet(
    tmp_path: Path, asked: list[dict[str, Any]]
) -> None:
    record = _push(tmp_path)
    assert asked == [
        {
            "book": "push.yml",
            "check": False,
            "emotion_edge_batches": [1, 2, 3],
            "emotion_edge_max_fail_percentage": 20,
            "emotion_edge_soak_owed": [],
            "emotion_edge_canaries": ["h0"],
        }
    ]
    assert (record.verb, record.why) == ("push", "mended")
    assert [(host.manifest, host.batch) for host in record.hosts.values()] == [
        ("/m/h0", 1), ("/m/h1", 2), ("/m/h2", 2), ("/m/h3", 3), ("/m/h4", 3), ("/m/h5", 3),
    ]  # fmt: skip


def test_a_look_goes_over_all_hosts_at_once_whatever_fails_and_is_no_push(
    tmp_path: Path, asked: list[dict[str, Any]]
) -> None:
    record = _push(tmp_path, check=True)
    (call,) = asked
    assert (call["check"], call["emotion_edge_batches"]) == (True, [6])
    assert call["emotion_edge_max_fail_percentage"] == 100
    assert call["emotion_edge_canaries"] == [], "it looks at the others also without them"
    assert record.verb == "plan"
    with pytest.raises(EmotionEdgeError, match="no push for"):
        run_record.last_push(tmp_path, tmp_path / "fleet.yaml")


@pytest.mark.parametrize("allowed", ["allow_downgrade", "allow_rename"])
def test_what_is_not_allowed_by_name_stays_refused(
    allowed: str, tmp_path: Path, asked: list[dict[str, Any]]
) -> None:
    names = ("allow_downgrade", "allow_rename")
    usual, given = _push(tmp_path).flags, _push(tmp_path, **{allowed: True}).flags
    assert [usual[f"emotion_edge_{name}"] for name in names] == [False, False]
    assert [given[f"emotion_edge_{name}"] for name in names] == [name == allowed for name in names]
    assert (usual["emotion_edge_store"], usual["emotion_edge_agent"]) == ("/store", "/agent")


def test_a_push_without_its_canaries_is_resumed_without_them_too(
    tmp_path: Path, asked: list[dict[str, Any]]
) -> None:
    record = _push(tmp_path, without_canary=True)
    rollout.resume(record, FLEET, FLEET.hosts, SITE, QUIET)
    assert [call["emotion_edge_canaries"] for call in asked] == [[], []]


@pytest.mark.parametrize("outcome", ["failed", "rolled-back"])
def test_a_push_that_was_stopped_by_a_failure_is_not_resumed(
    outcome: Outcome, tmp_path: Path, asked: list[dict[str, Any]]
) -> None:
    numbers = (1, 2, 2, 3, 3, 3)
    planned = {host.name: PlannedHost("/m", at) for host, at in zip(FLEET.hosts, numbers, strict=True)}
    record = run_record.begin(tmp_path, "push", tmp_path / "fleet.yaml", planned)
    teller(record.journal_folder, "h3")("gate", outcome=outcome, reason="too slow")
    with pytest.raises(EmotionEdgeError, match=r"h3 \(too slow\); put that right and push again"):
        rollout.resume(record, FLEET, FLEET.hosts, SITE, QUIET)
    assert asked == []

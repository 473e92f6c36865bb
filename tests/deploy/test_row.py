from __future__ import annotations

from typing import Any

import pytest

from deploy.journal import PHASES, HostEvent, Outcome
from deploy.row import Row, advance, ended, fold, of_ansible
from deploy.table import share

ROWS = {"a": Row("a"), "b": Row("b")}


def _event(phase: str, at: float = 0.0, host: str = "a", **fields: Any) -> HostEvent:
    return HostEvent(host, at, phase, **fields)


def test_a_row_tells_its_phase_its_measure_and_how_long_each_phase_took() -> None:
    rows = fold(
        ROWS,
        [
            _event("preflight", 10.0),
            _event("plan", 12.0, facts={"diff": {}}),
            _event("transfer", 13.0, done=0, total=8),
            _event("transfer", 14.0, done=4, total=8),
            _event("gate", 20.0, host="b"),
            _event("gate", 20.0, host="unknown"),
        ],
    )
    assert set(rows) == {"a", "b"}
    row = rows["a"]
    assert (row.phase, row.done, row.total, row.facts) == ("transfer", 4, 8, {"diff": {}})
    assert row.seconds == {"preflight": 2.0, "plan": 1.0, "transfer": 1.0}


def test_warnings_of_all_phases_stay_together() -> None:
    looked = advance(Row("a"), _event("preflight", facts={"warnings": ["the lock had expired"], "diff": {}}))
    closed = advance(looked, _event("gate", facts={"warnings": ["old releases stay"]}))
    assert closed.facts == {"warnings": ["the lock had expired", "old releases stay"], "diff": {}}


def test_the_lock_is_remembered_and_is_no_phase() -> None:
    locked = advance(Row("a", phase="preflight"), _event("lock", facts={"locked": True}))
    assert (locked.phase, locked.locked) == ("preflight", True)
    assert not advance(locked, _event("lock", facts={"locked": False})).locked


def test_a_new_attempt_forgets_how_the_last_one_ended() -> None:
    offline = advance(Row("a"), _event("preflight", outcome="pending", reason="offline"))
    again = advance(offline, _event("preflight"))
    assert (again.outcome, again.reason) == (None, "")


def test_what_was_told_of_a_break_is_over_once_the_transfer_goes_on() -> None:
    lost = advance(Row("a"), _event("transfer", reason="connection lost"))
    assert advance(lost, _event("transfer", done=1)).reason == "connection lost"
    assert advance(lost, _event("transfer", done=1, reason="")).reason == ""


def test_what_the_gate_found_good_is_good_once_it_stayed_so() -> None:
    watched = fold(ROWS, [_event("gate", outcome="good"), _event("soak", done=3, total=30)])["a"]
    assert (watched.outcome, watched.owes_soak(1)) == (None, True)
    cut_off = ended(watched, interrupted=True)
    assert (cut_off.outcome, cut_off.owes_soak(1)) == ("pending", True)
    assert "resume watches it again" in cut_off.reason
    stayed = advance(watched, _event("soak", outcome="good"))
    assert (stayed.outcome, stayed.owes_soak(2)) == ("good", False)
    assert ended(stayed, interrupted=True) == stayed


def test_a_soak_is_owed_from_the_gate_on_however_often_the_push_is_cut_off() -> None:
    good = advance(Row("a"), _event("gate", outcome="good"))
    assert (good.outcome, good.owes_soak(2)) == ("good", True)
    assert not good.owes_soak(1), "nobody comes after the last batch"
    # A resumed push looks at it, finds nothing to change, and is cut off before it watches.
    again = fold({"a": good}, [_event("preflight"), _event("plan", outcome="unchanged")])["a"]
    assert (again.outcome, again.owes_soak(2)) == ("unchanged", True)
    assert not advance(again, _event("soak", outcome="good")).owes_soak(2)
    assert not advance(Row("a"), _event("plan", outcome="unchanged")).owes_soak(2), "it never changed over"


def _ansible(kind: str, host: str = "a", **result: Any) -> dict[str, Any]:
    return {"event": kind, "event_data": {"host": host, "res": result}}


def test_ansible_tells_only_what_the_journal_does_not_know() -> None:
    found = of_ansible(_ansible("runner_on_unreachable", msg="no route"), Row("a", phase="plan"), 5.0)
    assert found == HostEvent("a", 5.0, "plan", outcome="pending", reason="no route")
    failed = of_ansible(_ansible("runner_on_failed", msg="boom"), Row("a"), 5.0)
    assert failed is not None
    assert (failed.outcome, failed.reason) == ("failed", "boom")
    loop = _ansible("runner_on_failed", msg="One or more", results=[{"failed": True, "msg": "no room"}])
    assert getattr(of_ansible(loop, Row("a"), 5.0), "reason", "") == "no room"
    away = [{"ansible_loop_var": "item"}, {"unreachable": True, "msg": "no route"}]
    unreachable = _ansible("runner_on_unreachable", msg="All items completed", results=away)
    assert getattr(of_ansible(unreachable, Row("a"), 5.0), "reason", "") == "no route"
    sudo = of_ansible(_ansible("runner_on_failed", msg="Task failed: Missing sudo password"), Row("a"), 5.0)
    assert "allow it sudo without a password" in getattr(sudo, "reason", "")
    rolled_back = Row("a", outcome="rolled-back", reason="too slow")
    assert of_ansible(_ansible("runner_on_failed", msg="boom"), rolled_back, 5.0) is None
    assert of_ansible(_ansible("runner_on_ok"), Row("a"), 5.0) is None
    assert of_ansible(_ansible("runner_on_failed", host="b"), None, 5.0) is None


@pytest.mark.parametrize(
    ("phase", "interrupted", "outcome", "said"),
    [
        ("queued", False, "stopped", "before its turn"),
        ("transfer", True, "stopped", "interrupted; nothing has changed"),
        ("unpack", True, "pending", "resume asks how it ended"),
        ("gate", False, "pending", "resume asks how it ended"),
    ],
)
def test_what_has_no_outcome_when_the_run_ends_gets_one(
    phase: str, interrupted: bool, outcome: Outcome, said: str
) -> None:
    row = ended(Row("a", phase=phase), interrupted=interrupted)
    assert row.outcome == outcome
    assert said in row.reason


def test_an_interrupted_rollback_is_not_told_as_one_that_changed_nothing_nor_to_be_resumed() -> None:
    row = ended(Row("a", phase="switch"), interrupted=True, verb="rollback")
    assert (row.outcome, row.in_doubt) == ("pending", True)
    assert row.reason == "interrupted; the device goes on by itself; status tells how it ended"


def test_the_bar_only_grows_and_is_full_at_the_end() -> None:
    shares = [share(Row("a", phase=phase)) for phase in ("queued", *PHASES)]
    assert shares == sorted(shares)
    assert share(Row("a", phase="transfer", done=1, total=2)) > share(Row("a", phase="transfer"))
    assert share(Row("a", phase="plan", outcome="unchanged")) == 1.0

"""What whoever is kept out by a lock of their own is told."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from deploy import run_lock, run_record
from deploy.device import DeviceError, Ran, answer
from deploy.own_lock import explained
from deploy.row import Row
from deploy.run_record import PlannedHost, RunRecord

FLEET = Path("/fleet.yaml")


def _run(folder: Path, verb: str = "push", inventory: Path = FLEET) -> RunRecord:
    return run_record.begin(folder, verb, inventory, {"a": PlannedHost("/m", 1)})


def _refused(held_by: str) -> Row:
    reason = f"{held_by} has it since 9 s"
    return Row("a", outcome="locked", reason=reason, facts={"held_by": held_by})


def test_a_push_that_is_kept_out_by_an_earlier_one_of_ours_names_that_one(tmp_path: Path) -> None:
    earlier, now = _run(tmp_path), _run(tmp_path)
    said = explained(_refused(earlier.owner), now).reason
    assert said.startswith(f"{earlier.owner} has it since 9 s. That is a push of yours")
    assert said.endswith(f"python -m deploy resume --run {earlier.folder.name}")


def test_one_that_still_runs_is_not_to_be_resumed(tmp_path: Path) -> None:
    earlier, now = _run(tmp_path), _run(tmp_path)
    with run_lock.held(earlier.folder):
        said = explained(_refused(earlier.owner), now).reason
    assert f"That is a push of yours, {earlier.folder.name}: it still runs (pid {os.getpid()})" in said
    assert "resume" not in said


def test_one_for_another_inventory_is_resumed_with_that(tmp_path: Path) -> None:
    earlier, now = _run(tmp_path, inventory=Path("/other.yaml")), _run(tmp_path)
    assert explained(_refused(earlier.owner), now).reason.endswith(" --inventory /other.yaml")


def test_locks_of_others_and_of_unknown_runs_are_left_as_they_were_told(tmp_path: Path) -> None:
    earlier, now = _run(tmp_path), _run(tmp_path)
    rollback = _run(tmp_path, "rollback")
    for owner in (f"she@desk/{earlier.folder.name}", f"{now.owner}-gone", rollback.owner, "root", ""):
        assert explained(_refused(owner), now) == _refused(owner)
    good = replace(_refused(earlier.owner), outcome="good")
    assert explained(good, now) == good


def test_the_agents_refusal_says_whose_lock_it_is() -> None:
    said = '{"error": {"code": "locked", "what": "x", "where": "", "do": "", "lock": {"owner": "me@desk/1"}}}'
    with pytest.raises(DeviceError) as caught:
        answer("lock", Ran(1, said, ""))
    assert caught.value.held_by == "me@desk/1"

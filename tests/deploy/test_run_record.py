from __future__ import annotations

from pathlib import Path

import pytest

from deploy import run_record
from deploy.journal import Journal, teller
from deploy.run_record import PlannedHost
from edge.errors import EmotionEdgeError

FLEET = Path("/fleet.yaml")
HOSTS = {"a": PlannedHost("/store/1/manifest.json", 1), "b": PlannedHost("/store/2/manifest.json", 2)}


def test_a_run_is_known_again_after_its_process_was_killed(tmp_path: Path) -> None:
    begun = run_record.begin(tmp_path, "push", FLEET, HOSTS, why="new model", flags={"x": True})
    teller(begun.journal_folder, "a", lambda: 7.0)("gate", outcome="good")
    teller(begun.journal_folder, "b", lambda: 8.0)("transfer", done=3, total=9)
    with (begun.journal_folder / "b.jsonl").open("a") as torn:
        torn.write('{"host": "b", "at"')
    again = run_record.last_push(tmp_path, FLEET)
    assert again == begun
    rows = again.rows()
    assert (rows["a"].outcome, rows["a"].batch) == ("good", 1)
    assert (rows["b"].phase, rows["b"].done, rows["b"].outcome) == ("transfer", 3, None)


def test_the_last_release_that_a_host_got_is_known(tmp_path: Path) -> None:
    begun = run_record.begin(tmp_path, "push", FLEET, HOSTS)
    teller(begun.journal_folder, "a")("gate", outcome="good")
    assert run_record.last_good(tmp_path, FLEET, "a") == Path("/store/1/manifest.json")
    assert run_record.last_good(tmp_path, FLEET, "b") is None
    assert run_record.last_good(tmp_path, Path("/other.yaml"), "a") is None


def test_a_record_for_which_the_disk_had_no_room_hides_no_other(tmp_path: Path) -> None:
    begun = run_record.begin(tmp_path, "push", FLEET, HOSTS)
    teller(begun.journal_folder, "a")("gate", outcome="good")
    torn = tmp_path / "99991231T235959Z-ffff"
    torn.mkdir()
    (torn / "run.json").write_text("")
    assert run_record.last_push(tmp_path, FLEET) == begun
    assert run_record.last_good(tmp_path, FLEET, "a") == Path("/store/1/manifest.json")


def test_a_line_for_which_the_disk_had_no_room_costs_no_other(tmp_path: Path) -> None:
    begun = run_record.begin(tmp_path, "push", FLEET, HOSTS)
    tell = teller(begun.journal_folder, "a")
    tell("transfer", done=3, total=9)
    with (begun.journal_folder / "a.jsonl").open("a") as torn:
        torn.write('{"host": "a", "at": 17')
    tell("gate", outcome="good")
    tell("soak", done=1, total=9)
    assert begun.rows()["a"].phase == "soak"
    assert run_record.last_good(tmp_path, FLEET, "a") is None, "its soak goes on"


def test_an_inventory_is_the_same_by_every_name_it_has(tmp_path: Path) -> None:
    fleet, folder, link = tmp_path / "fleet.yaml", tmp_path / "sub", tmp_path / "link.yaml"
    folder.mkdir()
    link.symlink_to(fleet)
    begun = run_record.begin(tmp_path / "runs", "push", folder / ".." / "fleet.yaml", HOSTS)
    for name in (fleet, link, folder / ".." / "fleet.yaml"):
        assert run_record.last_push(tmp_path / "runs", name) == begun


def test_what_is_no_push_or_another_inventorys_is_not_resumed(tmp_path: Path) -> None:
    plan = run_record.begin(tmp_path, "plan", FLEET, HOSTS)
    push = run_record.begin(tmp_path, "push", FLEET, HOSTS)
    assert run_record.push_named(tmp_path, push.folder.name, FLEET) == push
    with pytest.raises(EmotionEdgeError, match="was a plan; only a push can be resumed"):
        run_record.push_named(tmp_path, plan.folder.name, FLEET)
    with pytest.raises(EmotionEdgeError, match=r"was for /fleet.yaml, not for /other.yaml"):
        run_record.push_named(tmp_path, push.folder.name, Path("/other.yaml"))


def test_without_a_push_there_is_nothing_to_resume(tmp_path: Path) -> None:
    run_record.begin(tmp_path, "plan", FLEET, HOSTS)
    with pytest.raises(EmotionEdgeError, match="push first"):
        run_record.last_push(tmp_path, FLEET)


def test_what_a_run_keeps_is_read_by_nobody_else(tmp_path: Path) -> None:
    begun = run_record.begin(tmp_path / "state" / "runs", "push", FLEET, HOSTS)
    assert begun.folder.stat().st_mode & 0o777 == 0o700


def test_each_run_has_a_lock_owner_of_its_own(tmp_path: Path) -> None:
    owners = {run_record.begin(tmp_path, "push", FLEET, HOSTS).owner for _ in range(20)}
    assert len(owners) == 20


def test_a_journal_is_read_on_from_where_it_was(tmp_path: Path) -> None:
    journal, tell = Journal(tmp_path), teller(tmp_path, "a", lambda: 1.0)
    tell("preflight")
    assert [event.phase for event in journal.fresh()] == ["preflight"]
    assert list(journal.fresh()) == []
    tell("plan")
    tell("gate")
    assert [event.phase for event in journal.fresh()] == ["plan", "gate"]

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from deploy import run_record
from deploy.board import Board
from deploy.commands.report import console, next_step, report
from deploy.fleet_run import Ended
from deploy.journal import Journal, teller
from deploy.row import Row
from deploy.verdict import Exit


def test_it_is_not_said_of_a_host_that_still_runs_the_new_release_that_it_runs_the_old_one() -> None:
    back = Row("a", phase="gate", outcome="rolled-back")
    stays = Row("b", phase="soak", outcome="failed")
    assert next_step("push", Exit.FAILED, [back]).startswith(
        "what failed runs what it ran before; for its log"
    )
    said = next_step("push", Exit.PARTIAL, [back, stays])
    assert said.startswith("what failed runs what it ran before, but for b, which may run the new release; ")


def test_of_a_host_that_was_lost_in_a_rollback_it_is_said_how_to_ask_it() -> None:
    rows = [Row("a", phase="switch", outcome="pending"), Row("b", phase="preflight", outcome="pending")]
    assert next_step("rollback", Exit.PENDING, rows) == "what they run now: python -m deploy status --limit a"
    assert next_step("rollback", Exit.UNREACHABLE, rows[1:]) == ""


def test_after_a_good_push_nothing_is_left_to_do() -> None:
    assert next_step("push", Exit.GOOD, [Row("a", outcome="good")]) == ""
    assert "resume" in next_step("push", Exit.PENDING, [])


def test_brackets_in_what_devices_and_people_say_are_shown_as_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    why, reason = "undo [/etc/edge] edits", "camera door: [rtsp @ 0x7f] method DESCRIBE failed: 401"
    record = run_record.begin(tmp_path, "push", tmp_path / "fleet.yaml", {}, why=why)
    report(
        record,
        Ended([Row("a", outcome="failed", reason=reason)], False),
        console(as_json=False),
        as_json=False,
    )
    assert reason in capsys.readouterr().out
    terminal = Console(file=io.StringIO(), force_terminal=True, width=200, _environ={"TERM": "xterm"})
    board = Board({"a": Row("a")}, Journal(record.journal_folder), why, terminal)
    with board.shown():
        teller(record.journal_folder, "a")("gate", outcome="failed", reason=reason)
        board.take([])
    shown = terminal.file.getvalue()  # type: ignore[attr-defined]
    assert why in shown
    assert reason in shown


def test_colons_are_no_emoji_and_names_are_whole_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    screen = console(as_json=False)
    table = Table("host", "where")
    table.add_row("pi-" + "hall-" * 30, "edge.yaml:100: cameras")
    screen.print(table)
    shown = capsys.readouterr().out
    assert "pi-" + "hall-" * 30 in shown
    assert "edge.yaml:100: cameras" in shown


def test_on_a_small_terminal_the_hosts_that_work_are_in_sight_and_the_rest_is_counted(tmp_path: Path) -> None:
    journal = Journal(run_record.begin(tmp_path, "push", tmp_path / "fleet.yaml", {}, why="x").journal_folder)
    rows = {f"done-{n}": Row(f"done-{n}", outcome="good", phase="done") for n in range(30)}
    rows |= {f"waits-{n}": Row(f"waits-{n}") for n in range(19)}
    rows |= {"works": Row("works", phase="gate"), "bad": Row("bad", outcome="failed", reason="no disk")}
    terminal = Console(
        file=io.StringIO(), force_terminal=True, width=100, height=20, _environ={"TERM": "xterm"}
    )
    with Board(rows, journal, "x", terminal).shown():
        shown = terminal.file.getvalue()  # type: ignore[attr-defined]
        assert {"works", "bad", "waits-0"} <= set(shown.split())
        assert "and 38 more" in shown
        assert "30 good, 8 queued" in shown
        assert len(shown.splitlines()) <= 20
    whole = terminal.file.getvalue()  # type: ignore[attr-defined]
    assert "done-29" in whole, "at the end all are listed"

from __future__ import annotations

from deploy.commands.report import next_step
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

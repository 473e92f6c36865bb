from __future__ import annotations

import signal

import pytest

from deploy.journal import Outcome
from deploy.row import Row
from deploy.verdict import Exit, exit_code, sentences, too_many_failed


def _rows(*outcomes: Outcome, phase: str = "preflight") -> list[Row]:
    return [Row(f"pi-{n}", phase=phase, outcome=outcome, reason="r") for n, outcome in enumerate(outcomes)]


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        (("good", "unchanged"), Exit.GOOD),
        (("planned",), Exit.GOOD),
        (("good", "rolled-back", "stopped"), Exit.PARTIAL),
        (("unchanged", "failed"), Exit.PARTIAL),
        (("good", "locked"), Exit.PARTIAL),
        (("rolled-back", "stopped"), Exit.FAILED),
        (("failed", "rolled-back"), Exit.FAILED),
        (("failed", "pending"), Exit.FAILED),
        (("pending", "pending"), Exit.UNREACHABLE),
        (("pending", "stopped"), Exit.UNREACHABLE),
        (("locked", "stopped"), Exit.LOCKED),
        (("good", "pending"), Exit.PENDING),
    ],
)
def test_a_script_learns_how_it_ended(outcomes: tuple[Outcome, ...], expected: Exit) -> None:
    assert exit_code(_rows(*outcomes)) == expected


@pytest.mark.parametrize("phase", ["apply", "switch", "gate", "soak"])
def test_a_host_that_was_lost_while_it_changed_is_not_told_as_if_nothing_had(phase: str) -> None:
    assert exit_code(_rows("pending", phase=phase)) == Exit.PENDING
    assert exit_code([*_rows("pending"), *_rows("pending", phase=phase)]) == Exit.PENDING


def test_an_interruption_is_told_whatever_else_happened() -> None:
    assert exit_code(_rows("good", "failed"), interrupted=True) == 130


def test_the_reason_of_everything_that_is_not_good_is_told() -> None:
    rows = [
        Row("a", outcome="good", facts={"warnings": ["camera desk: /dev/video0 is not there"]}),
        Row("b", phase="gate", outcome="rolled-back", reason="too slow: p95 300 ms"),
    ]
    assert sentences(rows) == [
        "1 good, 1 rolled-back",
        "a: warning: camera desk: /dev/video0 is not there",
        "b: rolled-back at gate: too slow: p95 300 ms",
    ]


def test_outcomes_are_counted_by_name_and_a_host_whose_turn_never_came_is_told() -> None:
    rows = [Row("a", phase="gate", outcome="rolled-back"), Row("b"), Row("c", phase="gate", outcome="good")]
    assert sentences(rows)[0] == "1 good, 1 queued, 1 rolled-back"


def test_an_interruption_is_told_by_its_signal_as_shells_do() -> None:
    rows = _rows("good", "stopped")
    codes = [
        exit_code(rows, interrupted=True, by=by) for by in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
    ]
    assert codes == [129, 130, 143]


@pytest.mark.parametrize(
    ("outcomes", "phase", "allowed", "stopped"),
    [
        (["failed", "good", "good", "good"], "gate", 50, ["h0"]),  # the canary is a batch of its own
        (["good", "failed", "pending", "good"], "gate", 50, []),
        (["good", "failed", "rolled-back", "good"], "gate", 50, ["h1", "h2"]),
        (["failed", "good", "pending", "good"], "preflight", 25, []),  # of all, before any is changed
        (["failed", "good", "pending", "good"], "preflight", 24, ["h0"]),
        (["good", "locked", "pending", "stopped"], "gate", 0, []),
    ],
)
def test_only_more_failures_than_are_allowed_have_stopped_a_push(
    outcomes: list[Outcome], phase: str, allowed: int, stopped: list[str]
) -> None:
    rows = [Row(f"h{at}", 1 if at == 0 else 2, phase, outcome=how) for at, how in enumerate(outcomes)]
    assert [row.host for row in too_many_failed(rows, allowed)] == stopped

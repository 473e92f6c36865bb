"""One rollout at a time, and who has it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.agent.lock import RolloutLock, transaction, transaction_runs
from deploy.agent.refusal import RefusedError


@pytest.fixture
def lock(tmp_path: Path) -> RolloutLock:
    return RolloutLock(tmp_path)


def test_who_comes_second_is_told_who_was_first(lock: RolloutLock) -> None:
    lock.take("a@x", "new models", 60.0, 100.0)
    with pytest.raises(RefusedError) as refused:
        lock.take("b@y", "hurry", 60.0, 110.0)
    assert refused.value.what == "a@x has it since 10 s: new models"
    assert refused.value.do == "wait, or ask them; it expires in 50 s"


def test_its_owner_may_hold_it_longer(lock: RolloutLock) -> None:
    lock.take("a@x", "w", 60.0, 100.0)
    longer = lock.take("a@x", "w", 60.0, 150.0)
    assert (longer["until_s"], longer["taken_over"]) == (210.0, None)


def test_an_expired_one_is_taken_over_and_that_is_said(lock: RolloutLock) -> None:
    lock.take("a@x", "w", 60.0, 100.0)
    taken = lock.take("b@y", "w", 60.0, 160.0)
    assert taken["taken_over"]["owner"] == "a@x"


def test_one_from_before_the_clock_was_put_right_is_expired(lock: RolloutLock) -> None:
    lock.take("a@x", "w", 60.0, 1e9)
    assert lock.read(1000.0) is None


def test_one_that_cannot_be_read_is_none(lock: RolloutLock, tmp_path: Path) -> None:
    for torn in ("", '{"owner": "a@', "[]"):
        (tmp_path / "lock.json").write_text(torn)
        assert lock.read(100.0) is None
    assert lock.take("a@x", "w", 60.0, 100.0)["owner"] == "a@x"


def test_only_its_owner_gives_it_up(lock: RolloutLock) -> None:
    lock.take("a@x", "w", 60.0, 100.0)
    with pytest.raises(RefusedError, match="a@x"):
        lock.release("b@y", 110.0)
    lock.release("a@x", 110.0)
    assert lock.read(110.0) is None
    lock.release("a@x", 110.0)


def test_two_transactions_do_not_run_at_once(tmp_path: Path) -> None:
    with transaction(tmp_path):
        assert transaction_runs(tmp_path)
        with pytest.raises(RefusedError) as refused, transaction(tmp_path):
            pass
        assert refused.value.code == "busy"
    assert not transaction_runs(tmp_path)

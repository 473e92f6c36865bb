from __future__ import annotations

import pytest

from edge.health.board import HealthBoard
from tests.edge.contract.health_builder import a_record


class Clock:
    now_s = 5000.0

    def __call__(self) -> float:
        return self.now_s


def test_a_main_loop_that_tells_nothing_for_ten_seconds_is_not_alive() -> None:
    clock = Clock()
    board = HealthBoard(clock)
    assert (board.record, board.alive) == (None, True)
    for _ in range(2):
        clock.now_s += 9.9
        assert board.alive
        assert board.silent_s == pytest.approx(9.9)
        board.post(a_record(), sound=True)
        assert (board.record, board.silent_s) == (a_record(), 0)
    clock.now_s += 10.1
    assert not board.alive


def test_a_main_loop_in_which_something_is_stuck_is_not_alive() -> None:
    board = HealthBoard(Clock())
    board.post(a_record(), sound=False)
    assert not board.alive

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge.watch.history import Cell, History, Kind


def history(*starts_s: float, length_s: float = 10.0, came_s: float = 0.0) -> History:
    """Windows that begin at these times, told in this order; each says when in ``in_view``."""
    made = History()
    for start_s in starts_s:
        made.add(start_s, start_s + length_s, Cell(Kind.WINDOW, start_s, "happy"), came_s)
    return made


def shown(made: History, count: int = 100, now_s: float = 0.0) -> list[float | None]:
    cells = made.cells(count, now_s)
    return [None if cell.kind is Kind.GAP else cell.in_view for cell in cells]


def test_windows_that_follow_one_another_stand_side_by_side() -> None:
    assert shown(history(0, 10, 20)) == [0, 10, 20]
    assert shown(history(0, 10.3, 20.1)) == [0, 10.3, 20.1]


def test_where_windows_are_missing_there_is_a_gap_of_their_number() -> None:
    assert shown(history(0, 10, 40)) == [0, 10, None, None, 40]
    assert shown(history(0, 10, 26)) == [0, 10, None, 26]  # rather one than none


def test_windows_that_come_late_fill_their_gap() -> None:
    assert shown(history(0, 30, 10)) == [0, 10, None, 30]
    assert shown(history(0, 30, 10, 20)) == [0, 10, 20, 30]


def test_what_is_overdue_is_a_gap_at_the_newest_end() -> None:
    made = history(0, 10, came_s=100.0)
    assert shown(made, now_s=110.0) == [0, 10]
    assert shown(made, now_s=114.0) == [0, 10]  # on its way
    assert shown(made, now_s=141.0) == [0, 10, None, None, None]


def test_a_window_that_a_pause_closed_early_does_not_make_the_gap_longer() -> None:
    made = history(0, 10)
    made.add(20, 20.2, Cell(Kind.WINDOW, 20), 0.0)
    assert shown(made, now_s=20.0) == [0, 10, 20, None]
    made.add(50, 60, Cell(Kind.WINDOW, 50), 0.0)
    assert shown(made) == [0, 10, 20, None, None, None, 50]


def test_the_newest_are_shown_where_there_is_little_room() -> None:
    assert shown(history(0, 10, 20, 60), count=3) == [None, None, 60]


def test_a_leap_of_years_costs_no_more_than_the_width() -> None:
    assert shown(history(0, 1e9), count=4) == [None, None, None, 1e9]


@given(st.lists(st.floats(-1e12, 1e12)), st.integers(0, 80), st.floats(0, 1e6))
def test_it_never_exceeds_the_width_and_keeps_the_order_of_time(
    starts_s: list[float], count: int, now_s: float
) -> None:
    cells = shown(history(*starts_s), count, now_s)
    assert len(cells) <= count
    windows = [start_s for start_s in cells if start_s is not None]
    assert windows == sorted(windows)
    if count and starts_s and now_s <= 10:
        assert windows[-1] == max(starts_s)

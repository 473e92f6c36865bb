from __future__ import annotations

from edge.every import Every


def test_it_is_due_once_a_period_and_does_not_catch_up() -> None:
    clock = Every(period_s=10, first_s=2)
    looked_at = [now_s for now_s in range(60) if not 25 <= now_s < 50]
    assert [now_s for now_s in looked_at if clock.due(now_s)] == [2, 12, 22, 50]

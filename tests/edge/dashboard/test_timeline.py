from __future__ import annotations

import pytest

from edge.dashboard.choice import SPANS
from edge.dashboard.fleet import CameraKey
from edge.dashboard.palette import GAP
from edge.dashboard.store import Coverage, Sum
from edge.dashboard.timeline import MAX_LANES, Lane, lanes
from tests.edge.mqtt.event_builder import NOON_S

SPAN = SPANS["15m"]
NOW_S = NOON_S + 900.0
FIRST = int(NOW_S // 10) - 89


def coverage(
    camera: str = "door", *, since: float = 0.0, until: float = 900.0, device: str = "pi"
) -> Coverage:
    return Coverage(CameraKey("lab", device, camera), NOON_S + since, NOON_S + until, 10.0)


def happy(key: int, *steps: int, seconds: float = 10.0) -> list[Sum]:
    return [Sum(key, FIRST + step, "happy", seconds) for step in steps]


def only(found: list[Lane]) -> Lane:
    (lane,) = found
    return lane


def test_what_is_missing_between_windows_is_a_gap() -> None:
    lane = only(lanes({1: coverage()}, happy(1, *range(20), *range(30, 89)), SPAN, NOW_S))
    assert lane.steps[GAP][20:30] == [1.0] * 10
    assert sum(lane.steps[GAP]) == 10.0
    assert lane.totals["happy"] == pytest.approx(79 / 89, abs=0.001)


def test_a_step_that_is_half_covered_is_half_a_gap() -> None:
    lane = only(lanes({1: coverage()}, happy(1, *range(89)) + happy(1, 10, seconds=-5.0), SPAN, NOW_S))
    assert (lane.steps["happy"][10], lane.steps[GAP][10]) == (0.5, 0.5)


def test_nothing_is_missing_before_the_first_window_nor_while_the_next_is_open() -> None:
    camera = coverage(since=600.0, until=880.0)
    lane = only(lanes({1: camera}, happy(1, *range(59, 87)), SPAN, NOW_S))
    assert GAP not in lane.steps


def test_a_camera_that_has_been_silent_for_too_long_has_a_gap_up_to_now() -> None:
    lane = only(lanes({1: coverage(until=800.0)}, happy(1, *range(79)), SPAN, NOW_S))
    assert lane.steps[GAP][79:89] == [1.0] * 10


def test_a_camera_whose_last_window_is_older_than_the_span_has_no_lane() -> None:
    assert lanes({1: coverage(since=-9000.0, until=-100.0)}, [], SPAN, NOW_S) == []


def test_overlapping_windows_fill_a_step_and_no_more() -> None:
    lane = only(lanes({1: coverage()}, happy(1, *range(89)) + happy(1, 5), SPAN, NOW_S))
    assert lane.steps["happy"][5] == 1.0


def test_a_lane_is_a_camera_while_they_are_few_then_a_device_then_a_site() -> None:
    few = {n: coverage(f"c{n}") for n in range(MAX_LANES)}
    assert [(lane.place, lane.name) for lane in lanes(few, [], SPAN, NOW_S)][:2] == [
        ("lab / pi", "c0"), ("lab / pi", "c1")
    ]  # fmt: skip
    more = {n: coverage(f"c{n}", device=f"pi-{n % 3}") for n in range(MAX_LANES + 1)}
    found = lanes(more, happy(0, 5) + happy(3, 5), SPAN, NOW_S)
    assert [(lane.place, lane.name, lane.cameras) for lane in found] == [
        ("lab", "pi-0", 5), ("lab", "pi-1", 4), ("lab", "pi-2", 4)
    ]  # fmt: skip
    assert found[0].steps["happy"][5] == pytest.approx(2 / 5)
    many = {n: coverage("c", device=f"pi-{n}") for n in range(MAX_LANES + 1)}
    assert [(lane.name, lane.cameras) for lane in lanes(many, [], SPAN, NOW_S)] == [("lab", MAX_LANES + 1)]
    sites = {n: Coverage(CameraKey(f"s{n}", "pi", "c"), NOON_S, NOW_S, 10.0) for n in range(MAX_LANES + 1)}
    assert [lane.name for lane in lanes(sites, [], SPAN, NOW_S)] == ["all sites"]


def test_sums_of_a_camera_that_came_after_the_list_was_read_are_left_for_the_next_time() -> None:
    lane = only(lanes({1: coverage()}, happy(2, 3), SPAN, NOW_S))
    assert "happy" not in lane.steps

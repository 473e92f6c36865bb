from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from edge.datatypes import Box, Detection
from edge.tracker import Tracker, TrackerLimits
from tests.builders import detection

LIMITS = TrackerLimits(confirm=1)


def found(x: float, y: float, width: float, height: float) -> Detection:
    return Detection(Box(x, y, x + width, y + height), 0.9)


def found_again(first: Detection, *then: Detection) -> Box | None:
    """Where the tracker sees the first face a moment later; None where it has lost it."""
    followed = Tracker(LIMITS)
    followed.update([first], 0.0)
    tracks = [track for track in followed.update(then, 0.1) if track.detected and track.id == 1]
    return tracks[0].box if tracks else None


faces = st.builds(found, st.floats(0, 200), st.floats(0, 200), st.floats(20, 120), st.floats(20, 120))


@given(faces, faces)
def test_boxes_are_one_face_where_they_overlap_or_are_near_and_alike(
    first: Detection, then: Detection
) -> None:
    one, other = first.box, then.box
    (x, y), (other_x, other_y) = one.centre, other.centre
    smaller, larger = sorted(math.sqrt(box.area) for box in (one, other))
    share, distance = one.iou(other), math.hypot(x - other_x, y - other_y) / larger
    assume(abs(share - LIMITS.min_iou) > 1e-6 and abs(distance - LIMITS.max_jump) > 1e-6)
    assume(abs(smaller / larger - 0.5) > 1e-6)
    near_and_alike = distance < LIMITS.max_jump and smaller > 0.5 * larger
    assert (found_again(first, then) is not None) == (share > LIMITS.min_iou or near_and_alike)


@pytest.mark.parametrize(
    ("then", "followed"),
    [
        (found(166, 100, 60, 60), True),
        (found(60, 166, 60, 60), False),
        (found(75, 125, 51, 51), True),
        (found(76, 126, 48, 48), False),
        (found(100, 220, 100, 100), False),
    ],
)
def test_a_face_that_hardly_overlaps_is_followed_within_a_reach(then: Detection, followed: bool) -> None:
    assert (found_again(found(100, 100, 100, 100), then) is not None) == followed


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_faces_the_one_that_overlaps_most_is_followed(turned: bool) -> None:
    near, nearer = detection(x=50, side=100), detection(x=10, side=100)
    then = [nearer, near] if turned else [near, nearer]
    assert found_again(detection(side=100), *then) == nearer.box


def test_a_face_in_motion_is_expected_where_it_goes() -> None:
    followed = Tracker(LIMITS)
    for i in range(12):
        followed.update([detection(x=10 + 5 * i, y=200 - 4 * i)], i * 0.1)
    (track,) = followed.coast(1.3)
    assert track.box == pytest.approx(Box(75, 148, 115, 188), abs=0.1)
    assert track.box in followed.whereabouts(1.3)
    assert Box(65, 156, 105, 196) in followed.whereabouts(1.3)


def test_a_face_that_is_seen_now_is_in_one_place() -> None:
    followed = Tracker(LIMITS)
    followed.update([detection(x=10)], 0.0)
    followed.update([detection(x=15)], 0.1)
    assert followed.whereabouts(0.1) == [detection(x=15).box]


def test_what_was_seen_once_is_waited_for_half_as_long() -> None:
    followed = Tracker(TrackerLimits(confirm=2, max_gap_s=1.0))
    followed.update([detection()], 0.0)
    followed.update([], 0.6)
    assert followed.update([detection()], 0.7) == []
    assert [track.id for track in followed.update([detection()], 0.8)] == [2]


def test_where_any_overlap_is_enough_boxes_that_do_not_touch_are_still_two_faces() -> None:
    followed = Tracker(TrackerLimits(confirm=1, min_iou=0.0))
    followed.update([found(0, 0, 60, 60)], 0.0)
    tracks = followed.update([found(1000, 0, 60, 60), found(59, 0, 60, 60)], 0.1)
    assert [(track.id, track.box.x1) for track in tracks if track.detected] == [(1, 59), (2, 1000)]

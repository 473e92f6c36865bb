from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.datatypes import Detection
from edge.tracker import Tracker, TrackerLimits
from tests.builders import detection


def tracker(confirm: int = 1, max_gap_s: float = 1.0) -> Tracker:
    return Tracker(TrackerLimits(confirm=confirm, max_gap_s=max_gap_s))


def test_a_face_that_moves_keeps_its_id() -> None:
    followed = tracker()
    ids = {followed.update([detection(x=10 + 8 * i)], i * 0.1)[0].id for i in range(20)}
    assert ids == {1}


def test_two_faces_that_cross_keep_their_ids() -> None:
    followed = tracker()
    first: dict[float, int] = {}
    for i in range(41):
        left, right = detection(x=0 + 10 * i, y=0), detection(x=400 - 10 * i, y=30)
        tracks = followed.update([left, right] if i % 2 else [right, left], i * 0.1)
        by_y = {track.box.y1: track.id for track in tracks}
        first = first or by_y
        assert by_y == first


def test_a_missed_detection_is_bridged_by_the_track_in_motion() -> None:
    followed = tracker()
    for i in range(5):
        followed.update([detection(x=20.0 * i)], i * 0.1)
    (carried,) = followed.update([], 0.5)
    assert not carried.detected
    assert carried.box.x1 == pytest.approx(100, abs=5)
    (found,) = followed.update([detection(x=120)], 0.6)
    assert (found.id, found.detected) == (1, True)


def test_a_track_ends_after_the_gap_and_its_id_is_not_used_again() -> None:
    followed = tracker(max_gap_s=0.5)
    followed.update([detection()], 0.0)
    assert followed.update([], 0.4)
    assert followed.update([], 0.6) == []
    assert followed.update([detection()], 0.7)[0].id == 2


def test_one_false_positive_is_no_face() -> None:
    followed = tracker(confirm=2)
    assert followed.update([detection()], 0.0) == []
    assert followed.update([], 0.1) == []
    assert followed.update([detection(x=300)], 0.2) == []


def test_a_low_frame_rate_still_follows_a_face_that_jumps_half_its_size() -> None:
    followed = tracker()
    followed.update([detection(x=0, side=60)], 0.0)
    (track,) = followed.update([detection(x=30, side=60)], 0.8)
    assert (track.id, track.detected) == (1, True)


def test_who_is_not_looked_for_is_not_missed() -> None:
    followed = Tracker(TrackerLimits(confirm=2))
    followed.update([detection()], 0.0)
    assert followed.coast(1.0) == []
    assert [track.id for track in followed.update([detection()], 2.0)] == [1]


def test_a_face_of_quite_another_size_is_another_face() -> None:
    followed = tracker()
    followed.update([detection(side=20)], 0.0)
    assert {track.id for track in followed.update([detection(side=100)], 0.1) if track.detected} == {2}


def test_coasting_moves_the_boxes_without_detections() -> None:
    followed = tracker()
    for i in range(4):
        followed.update([detection(x=10.0 * i)], i * 0.1)
    (track,) = followed.coast(0.4)
    assert not track.detected
    assert track.box.x1 > 33


positions = st.lists(
    st.lists(st.tuples(st.floats(0, 600), st.floats(0, 400), st.floats(20, 200)), max_size=6), max_size=12
)


@given(positions)
def test_no_detection_is_shared_and_ids_are_unique(script: list[list[tuple[float, float, float]]]) -> None:
    followed = tracker()
    for step, boxes in enumerate(script):
        detections: list[Detection] = [detection(x, y, side) for x, y, side in boxes]
        tracks = followed.update(detections, step * 0.1)
        assert len({track.id for track in tracks}) == len(tracks)
        assert sorted(t.box for t in tracks if t.detected) == sorted(d.box for d in detections)

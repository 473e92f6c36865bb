from __future__ import annotations

from edge.bench.identities import Identities, count
from edge.datatypes import Box, Track
from edge.tracker import Tracker, TrackerLimits
from tests.builders import detection


def seen(id_: int, x: float) -> Track:
    return Track(id_, Box(x, 0, x + 40, 40), 0.9, True)


def test_one_face_under_one_name_is_no_switch() -> None:
    assert count([(i * 0.1, [seen(1, i)]) for i in range(10)]) == Identities(1, 0, 1.0)


def test_a_new_name_where_another_has_just_ended_is_a_switch() -> None:
    frames = [(0.0, [seen(1, 0)]), (0.1, []), (0.2, [seen(2, 5)])]
    assert count(frames) == Identities(2, 1, 2 / 3)


def test_a_face_elsewhere_or_much_later_or_beside_is_another_face() -> None:
    assert count([(0.0, [seen(1, 0)]), (0.1, [seen(2, 300)])]).switches == 0
    assert count([(0.0, [seen(1, 0)]), (9.0, [seen(2, 0)])]).switches == 0
    assert count([(0.0, [seen(1, 0)]), (0.1, [seen(1, 0), seen(2, 10)])]).switches == 0


def test_faces_that_cross_while_only_every_third_frame_is_searched_keep_their_names() -> None:
    tracker = Tracker(TrackerLimits(confirm=1))
    frames, names = [], []
    for i in range(61):
        left, right = detection(x=5.0 * i, y=0), detection(x=300 - 5.0 * i, y=25)
        if i % 3:
            frames.append((i / 30, tracker.coast(i / 30)))
            continue
        frames.append((i / 30, tracker.update([left, right] if i % 2 else [right, left], i / 30)))
        names.append({track.box.y1: track.id for track in frames[-1][1] if track.detected})
    assert all(name == names[0] for name in names)
    assert count(frames) == Identities(2, 0, 1.0)

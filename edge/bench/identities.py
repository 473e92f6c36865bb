"""Counts identity switches of a tracker on footage without ground truth (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edge.datatypes import Box, Track

#: A track that begins where another ended so shortly before is the same face under a new name.
_WITHIN_S = 2.0
_NEAR_SIDES = 0.6


@dataclass(frozen=True, slots=True)
class Identities:
    """What a tracker made of one film.

    Attributes:
        ids: Tracks in all.
        switches: Tracks that began where another had just ended.
        tracked_share: Frames with at least one track, 0..1.
    """

    ids: int
    switches: int
    tracked_share: float


def count(frames: Sequence[tuple[float, Sequence[Track]]]) -> Identities:
    """Identities over (time in seconds, confirmed tracks) of each frame of a film."""
    last: dict[int, tuple[float, Box]] = {}
    switches = 0
    for now_s, tracks in frames:
        present = {track.id for track in tracks}
        ended = [seen for id_, seen in last.items() if id_ not in present]
        for track in tracks:
            if track.id not in last and any(
                now_s - then_s <= _WITHIN_S and _near(track.box, box) for then_s, box in ended
            ):
                switches += 1
        last |= {track.id: (now_s, track.box) for track in tracks}
    seen = sum(bool(tracks) for _, tracks in frames)
    return Identities(len(last), switches, seen / max(1, len(frames)))


def _near(one: Box, other: Box) -> bool:
    (x, y), (other_x, other_y) = one.centre, other.centre
    reach = _NEAR_SIDES * max(one.width, one.height, other.width, other.height)
    return abs(x - other_x) <= reach and abs(y - other_y) <= reach

"""When a track's face is due to be read again, so that a crowd costs no more than was configured (pure)."""

from __future__ import annotations

from collections.abc import Sequence

from edge.datatypes import Track
from edge.sources.cadence import Cadence


class ReadingRate:
    """Each track of one camera at most ``hz`` times a second; None for as often as it is seen."""

    def __init__(self, hz: float | None) -> None:
        self._hz = hz
        #: Whether a track may ever not be due.
        self.limited = hz is not None
        self._cadences: dict[int, Cadence] = {}

    def due(self, tracks: Sequence[Track], now_s: float) -> list[bool]:
        """Which of these tracks are to be read in this frame; a new one always is."""
        if self._hz is None:
            return [True] * len(tracks)
        return [self._cadences.setdefault(track.id, Cadence(self._hz)).due(now_s) for track in tracks]

    def forget(self, alive: Sequence[Track]) -> None:
        """Drop what is known of tracks that have ended, so that it stays bounded."""
        if self._cadences:
            ids = {track.id for track in alive}
            self._cadences = {id_: kept for id_, kept in self._cadences.items() if id_ in ids}

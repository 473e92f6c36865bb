"""Per-track probabilities over time, and abstention: what keeps a label from flickering."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge.datatypes import Observation, Probabilities, Track


@dataclass(frozen=True, slots=True)
class SmoothingLimits:
    """How much the past counts, and when no label is given.

    Attributes:
        time_constant_s: After so long without change, 63% of the old value is gone; 0 switches
            smoothing off.
        abstain_below: Where the largest smoothed probability is below it, there is no label.
    """

    time_constant_s: float = 0.5
    abstain_below: float = 0.35


class Smoother:
    """Exponential smoothing in time, so that it means the same at every frame rate."""

    def __init__(self, labels: tuple[str, ...], limits: SmoothingLimits) -> None:
        self._labels, self._limits = labels, limits
        #: By track: when, and the smoothed probabilities. Plain numbers: for a few classes, NumPy's calls
        #: cost more than what they compute.
        self._memory: dict[int, tuple[float, list[float]]] = {}

    def update(
        self, tracks: Sequence[Track], probabilities: Probabilities, now_s: float
    ) -> list[Observation]:
        """One observation for each classified track.

        Args:
            tracks: The tracks that were classified in this frame.
            probabilities: (len(tracks), C), each row summing to 1; a row with a NaN makes the
                track abstain and leaves its memory alone.
            now_s: Capture time of the frame on the monotonic clock.
        """
        return [self._observe(track, row, now_s) for track, row in zip(tracks, probabilities, strict=True)]

    def recall(self, track: Track) -> Observation:
        """What was known of a track that is not read in this frame; an abstention where that is nothing."""
        known = self._memory.get(track.id)
        return self._abstention(track) if known is None else self._labelled(track, known[1])

    def forget(self, alive: Sequence[Track]) -> None:
        """Drop the memory of tracks that have ended, so that it stays bounded."""
        ids = {track.id for track in alive}
        self._memory = {id_: kept for id_, kept in self._memory.items() if id_ in ids}

    def _observe(self, track: Track, row: npt.NDArray[np.float32], now_s: float) -> Observation:
        smoothed: list[float] = row.tolist()
        if not math.isfinite(sum(smoothed)):
            return self._abstention(track)
        known = self._memory.get(track.id)
        if known is not None and self._limits.time_constant_s > 0:
            then_s, kept = known
            weight = 1 - math.exp(-max(0.0, now_s - then_s) / self._limits.time_constant_s)
            smoothed = [old + weight * (new - old) for old, new in zip(kept, smoothed, strict=True)]
        self._memory[track.id] = (now_s, smoothed)
        return self._labelled(track, smoothed)

    def _abstention(self, track: Track) -> Observation:
        return Observation(track, None, np.full(len(self._labels), 1 / len(self._labels), np.float32))

    def _labelled(self, track: Track, smoothed: list[float]) -> Observation:
        best = max(smoothed)
        label = self._labels[smoothed.index(best)] if best >= self._limits.abstain_below else None
        return Observation(track, label, np.array(smoothed, np.float32))

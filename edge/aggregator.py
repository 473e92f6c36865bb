"""Tumbling windows: from observations to the one event that leaves the device."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from edge.datatypes import CaptureCounts, EmotionEvent, FaceCounts, Frame, Observation

#: As payloads tell times: in milliseconds.
_SHORTEST_S = 0.001


@dataclass(frozen=True, slots=True)
class WindowLimits:
    """Length and privacy of a window.

    Attributes:
        window_s: Length, seconds.
        k_min: A window that saw fewer faces is published as suppressed.
        proof: For a k_min above 1, observations that a track needs to count as a face: what a
            detector saw once or twice hides nobody.
        grace_s: How long after its end a window without a newer frame waits before it closes.
    """

    window_s: float = 10.0
    k_min: int = 1
    proof: int = 3
    grace_s: float = 1.0


@dataclass(slots=True)
class _Window:
    start_s: float
    start_utc_s: float
    clock_synced: bool
    dropped_before: int
    frames: int = 0
    searched: int = 0
    first_s: float = 0.0
    last_s: float = 0.0
    dropped: int = 0
    in_view: int = 0
    most_in_view: int = 0
    tracks: Counter[int] = field(default_factory=Counter)
    labels: Counter[str | None] = field(default_factory=Counter)


class WindowAggregator:
    """One camera's open window.

    Windows lie on a grid of ``window_s`` from the camera's first frame, on the monotonic
    clock; UTC is taken from the frames. A stretch without any frame gives no event: that the
    camera was silent is said by its state. Memory is bounded by the faces of one window.
    """

    def __init__(self, camera: str, limits: WindowLimits) -> None:
        self._camera, self._limits = camera, limits
        self._window: _Window | None = None
        self._origin_s: float | None = None
        self._dropped_seen = 0
        #: Tracks that counted when the last window closed: a new one does not make them strangers.
        self._counted_before: frozenset[int] = frozenset()

    @property
    def window_s(self) -> float:
        """The length of a window, seconds."""
        return self._limits.window_s

    def update(self, frame: Frame, observations: Sequence[Observation] | None) -> list[EmotionEvent]:
        """Count one frame; returns the window that it closed, if any.

        Args:
            frame: The frame; its times place it in a window.
            observations: The faces in it, or None where it was not searched for faces: then it
                says nothing about how many were in view.
        """
        closed = self.close_due(frame.monotonic_s, grace_s=0.0)
        window = self._window
        if window is None or frame.monotonic_s < window.start_s:
            # A source that was reopened may count its media time, or its drops, from zero again.
            closed += self.flush()
            window = self._window = self._open(frame)
        if frame.dropped < window.dropped_before:
            window.dropped_before = 0
        window.frames += 1
        window.last_s = frame.monotonic_s
        window.dropped = frame.dropped - window.dropped_before
        self._dropped_seen = frame.dropped
        if not window.clock_synced:  # the newest time is the best; once it has arrived it holds for all
            window.start_utc_s = frame.utc_s - (frame.monotonic_s - window.start_s)
            window.clock_synced = frame.clock_synced
        if observations is None:
            return closed
        window.searched += 1
        window.in_view += len(observations)
        window.most_in_view = max(window.most_in_view, len(observations))
        for observation in observations:
            window.tracks[observation.track.id] += 1
            window.labels[observation.label] += 1
        return closed

    def counted(self, observations: Sequence[Observation]) -> list[Observation]:
        """Those of faces that count by now: for a k_min above 1 as many times seen as a window asks."""
        if self._limits.k_min == 1:
            return list(observations)
        counting = self._counting()
        return [observation for observation in observations if observation.track.id in counting]

    def close_due(self, now_s: float, grace_s: float | None = None) -> list[EmotionEvent]:
        """Close the open window if its end, and the grace, are past: frames may have stopped."""
        wait_s = self._limits.grace_s if grace_s is None else grace_s
        if self._window is None or now_s < self._window.start_s + self._limits.window_s + wait_s:
            return []
        return self._close(self._window.start_utc_s + self._limits.window_s)

    def flush(self) -> list[EmotionEvent]:
        """Close the open window now, at its last frame: the source has ended or the daemon stops."""
        if self._window is None:
            return []
        return self._close(_end_at_last_frame(self._window))

    def peek(self) -> EmotionEvent | None:
        """What :meth:`flush` would give, without closing: what a kill must not cost."""
        window = self._window
        if window is None:
            return None
        return self._told(window, _end_at_last_frame(window))

    def change_length(self, window_s: float) -> list[EmotionEvent]:
        """Windows of another length from the next frame on; returns the one that this closes, if any."""
        closed = self.flush()
        self._limits, self._origin_s = replace(self._limits, window_s=window_s), None
        return closed

    def _open(self, frame: Frame) -> _Window:
        if self._origin_s is None or frame.monotonic_s < self._origin_s:
            self._origin_s = frame.monotonic_s
        length_s = self._limits.window_s
        start_s = self._origin_s + (frame.monotonic_s - self._origin_s) // length_s * length_s
        late_s = frame.monotonic_s - start_s
        window = _Window(start_s, frame.utc_s - late_s, frame.clock_synced, self._dropped_seen)
        window.first_s = frame.monotonic_s
        return window

    def _close(self, end_utc_s: float) -> list[EmotionEvent]:
        window = self._window
        assert window is not None  # noqa: S101 - both callers have looked
        self._counted_before, self._window = self._counting().intersection(window.tracks), None
        return [self._told(window, end_utc_s)]

    def _told(self, window: _Window, end_utc_s: float) -> EmotionEvent:
        span_s = window.last_s - window.first_s
        fps = (window.frames - 1) / span_s if span_s > 0 else 0.0
        told = EmotionEvent(
            camera=self._camera,
            start_utc_s=window.start_utc_s,
            end_utc_s=end_utc_s,
            clock_synced=window.clock_synced,
            capture=CaptureCounts(window.frames, window.dropped, fps),
            faces=None,
            shares=None,
            abstained_share=None,
            suppressed=True,
            end_monotonic_s=window.start_s + end_utc_s - window.start_utc_s,
        )
        if self._proven(window.tracks) < self._limits.k_min:
            return told
        observations = window.labels.total()
        in_view = window.in_view / window.searched
        return replace(
            told,
            faces=FaceCounts(len(window.tracks), in_view, window.most_in_view, observations),
            shares=_shares(window.labels),
            abstained_share=window.labels[None] / observations,
            suppressed=False,
        )

    def _counting(self) -> frozenset[int]:
        tracks = self._window.tracks if self._window is not None else Counter[int]()
        return self._counted_before.union(id_ for id_, seen in tracks.items() if seen >= self._limits.proof)

    def _proven(self, tracks: Counter[int]) -> int:
        if self._limits.k_min == 1:
            return len(tracks)
        return sum(seen >= self._limits.proof for seen in tracks.values())


def _end_at_last_frame(window: _Window) -> float:
    """In UTC; a window of a single frame, on its very beginning, lasts the least that a payload can say."""
    return window.start_utc_s + max(window.last_s - window.start_s, _SHORTEST_S)


def _shares(labels: Counter[str | None]) -> dict[str, float]:
    """Label to its share of the labelled observations; largest first, ties by name."""
    named = {label: count for label, count in labels.items() if label is not None}
    total = sum(named.values())
    return {
        label: count / total for label, count in sorted(named.items(), key=lambda item: (-item[1], item[0]))
    }

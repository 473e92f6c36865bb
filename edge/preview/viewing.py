"""Hands pictures from the main loop to those who look, and does nothing while nobody does.

Threads: the main loop offers frames, viewers' threads wait for pictures. A viewer that is slower
than the camera misses pictures; the main loop waits for nobody.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import NamedTuple

from edge.datatypes import Frame
from edge.frame_rate import FrameRate
from edge.pipeline import Analysis
from edge.preview.picture import Picture, take_picture
from edge.preview.settings import PreviewSettings

Roi = tuple[int, int, int, int]


class TooManyViewersError(Exception):
    """The limit is reached; caught where viewers are answered."""


class Numbered(NamedTuple):
    """A picture and its number among those of its channel, from 1."""

    number: int
    picture: Picture


class Channel:
    """The newest picture of one camera that somebody looks at."""

    def __init__(self, settings: PreviewSettings, monotonic: Callable[[], float]) -> None:
        self.viewers = 0
        self._settings, self._monotonic = settings, monotonic
        self._rate, self._due_s = FrameRate(), 0.0
        self._news = threading.Condition()
        self._newest: Numbered | None = None
        self._number = 0

    def offer(self, frame: Frame, analysis: Analysis, roi: Roi | None) -> None:
        """Take a picture where the next one is due; a frame that was not searched is never shown."""
        now_s = self._monotonic()
        fps = self._rate.tick(now_s)
        # An unsearched frame would show the faces that have moved since.
        if now_s < self._due_s or analysis.faces is None:
            return
        interval_s = 1 / self._settings.max_fps
        self._due_s = max(self._due_s, now_s - interval_s) + interval_s
        moment = datetime.fromtimestamp(frame.utc_s, timezone.utc).strftime("%H:%M:%SZ")
        picture = take_picture(
            frame.image, analysis.faces, analysis.observations,
            f"{frame.camera}  {fps:.0f} fps  {moment}",
            max_side_px=self._settings.max_side_px, pixelate=self._settings.pixelate, roi=roi,
        )  # fmt: skip
        with self._news:
            self._number += 1
            self._newest = Numbered(self._number, picture)
            self._news.notify_all()

    def wait(self, after: int, timeout_s: float) -> Numbered | None:
        """The newest picture whose number is greater; None where none comes in time, or :meth:`wake`."""
        with self._news:
            if self._newest is None or self._newest.number <= after:
                self._news.wait(timeout_s)
            found = self._newest
        return found if found is not None and found.number > after else None

    def wake(self) -> None:
        """End every :meth:`wait`."""
        with self._news:
            self._news.notify_all()


class Viewing:
    """The channels of all cameras; one exists only while somebody looks at it."""

    def __init__(
        self,
        settings: PreviewSettings,
        *,
        patience_s: float = 1.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; ``patience_s`` is waited for a place: one who has left is noticed at the next picture."""
        self._settings, self._monotonic, self._patience_s = settings, monotonic, patience_s
        self._places = threading.Condition()
        self._channels: dict[str, Channel] = {}
        self.closed = False

    def show(self, frame: Frame, analysis: Analysis, roi: Roi | None = None) -> None:
        """Called for every analysed frame, before its memory is given back."""
        channel = self._channels.get(frame.camera)
        if channel is not None:
            channel.offer(frame, analysis, roi)

    @contextlib.contextmanager
    def watching(self, camera: str) -> Iterator[Channel]:
        """Look at one camera.

        Raises:
            TooManyViewersError: As many look as may.
        """
        with self._places:
            if not self._places.wait_for(self._has_place, self._patience_s):
                raise TooManyViewersError
            channel = self._channels.setdefault(camera, Channel(self._settings, self._monotonic))
            channel.viewers += 1
        try:
            yield channel
        finally:
            with self._places:
                channel.viewers -= 1
                if not channel.viewers:
                    del self._channels[camera]
                self._places.notify()

    def close(self) -> None:
        """Send everybody home."""
        self.closed = True
        with self._places:
            for channel in self._channels.values():
                channel.wake()

    def _has_place(self) -> bool:
        return sum(channel.viewers for channel in self._channels.values()) < self._settings.max_viewers

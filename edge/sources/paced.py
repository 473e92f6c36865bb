"""Footage that plays the part of a camera: stamped with the real clocks, paced, looped."""

from __future__ import annotations

import time
from collections.abc import Callable

from edge.clock import clock_synced
from edge.datatypes import Frame
from edge.sources.footage import Footage
from edge.sources.landing import Landing

#: A pause between two frames may be longer than what counts as a stall: show life meanwhile.
_LONGEST_NAP_S = 0.5
#: Further behind than this, the film goes on from where it is instead of catching up in a burst.
_LATE_S = 1.0


class PacedSource:
    """A recording as a live camera.

    Args:
        camera: Name of the camera.
        reopen: Opens the footage; called again for each loop.
        landing: Hears that the camera lives while it waits for the next frame's time.
        loop: Whether to begin again at the end.
        paced: Whether to keep the recording's own rate, else as fast as frames are read.
    """

    def __init__(
        self,
        camera: str,
        reopen: Callable[[], Footage],
        landing: Landing,
        *,
        loop: bool,
        paced: bool,
        monotonic: Callable[[], float] = time.monotonic,
        utc: Callable[[], float] = time.time,
        synced: Callable[[], bool] = clock_synced,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._camera, self._reopen, self._landing = camera, reopen, landing
        self._loop, self._paced = loop, paced
        self._monotonic, self._utc, self._synced, self._sleep = monotonic, utc, synced, sleep
        self._footage = reopen()
        self._index = self._damaged_before = 0
        self._start_s: float | None = None
        self._media_s = 0.0

    def read(self) -> Frame | None:
        picture = self._footage.next()
        if picture is None and self._loop:
            self._begin_again()
            picture = self._footage.next()
        if picture is None:
            return None
        self._media_s = picture.media_s
        if self._paced:
            self._wait_for(picture.media_s)
        damaged = self._damaged_before + self._footage.damaged
        index = self._index + damaged
        self._index += 1
        # In this order: where the clock comes right in between, a right time is called doubtful.
        synced, now_s, utc_s = self._synced(), self._monotonic(), self._utc()
        return Frame(self._camera, picture.image, index, now_s, utc_s, synced, damaged)

    def close(self) -> None:
        self._footage.close()

    def _begin_again(self) -> None:
        self._damaged_before += self._footage.damaged
        if self._start_s is not None:
            self._start_s += self._media_s + 1 / self._footage.fps
        self._footage.close()
        self._footage = self._reopen()

    def _wait_for(self, media_s: float) -> None:
        now_s = self._monotonic()
        if self._start_s is None or now_s - self._start_s - media_s > _LATE_S:
            self._start_s = now_s - media_s
        while (left_s := self._start_s + media_s - self._monotonic()) > 0:
            self._sleep(min(left_s, _LONGEST_NAP_S))
            self._landing.beat()

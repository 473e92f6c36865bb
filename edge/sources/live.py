"""A camera that delivers at its own pace: stamped when its frame arrives, thinned to ``fps``."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from edge.clock import clock_synced
from edge.datatypes import Frame
from edge.errors import SourceError
from edge.sources.cadence import Cadence
from edge.sources.opencv_capture import Grabber

_log = logging.getLogger(__name__)


class LiveSource:
    """Frames of a V4L2 device or a network stream; its end is always an error.

    Args:
        camera: Name of the camera.
        grabber: The opened device.
        fps: Rate of the frames wanted, None for all.
        lost: What to tell when the camera stops delivering.
    """

    def __init__(
        self,
        camera: str,
        grabber: Grabber,
        fps: float | None,
        lost: str,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        utc: Callable[[], float] = time.time,
        synced: Callable[[], bool] = clock_synced,
    ) -> None:
        self._camera, self._lost = camera, lost
        self._grabber = grabber
        self._cadence = Cadence(fps)
        self._monotonic, self._utc, self._synced = monotonic, utc, synced
        self._index = 0
        self._damaged = 0
        self._sound = True

    def read(self) -> Frame:
        """The next frame that is due; damaged ones are skipped and counted as dropped.

        Raises:
            SourceError: The camera stopped delivering.
        """
        while self._grabber.grab():
            now_s = self._monotonic()
            # A damaged frame is replaced by the next sound one; until then nothing counts as life.
            if self._sound and not self._cadence.due(now_s):
                self._grabber.beat()
                continue
            # In this order: where the clock comes right in between, a right time is called doubtful.
            synced, utc_s = self._synced(), self._utc()
            image = self._grabber.retrieve()
            index, self._index = self._index, self._index + 1
            self._sound = image is not None
            if image is not None:
                self._grabber.beat()
                return Frame(self._camera, image, index, now_s, utc_s, synced, self._damaged)
            self._damaged += 1
            if self._damaged == 1:
                _log.warning("camera=%s: a damaged frame was skipped; further ones are counted", self._camera)
        raise SourceError(self._lost)

    def close(self) -> None:
        """Release the camera; may be called twice."""
        self._grabber.close()

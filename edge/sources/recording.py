"""Footage as ``replay`` wants it: stamped with media time, nothing dropped, repeatable."""

from __future__ import annotations

from edge.datatypes import Frame
from edge.sources.footage import Footage


class Recording:
    """Frames whose clocks are those of the recording, so that two replays agree.

    ``monotonic_s`` is media time, ``utc_s`` the file's modification time plus media time,
    ``clock_synced`` False: nobody knows when it was really recorded.
    """

    def __init__(self, camera: str, footage: Footage) -> None:
        self._camera = camera
        self._footage = footage
        self._index = 0

    @property
    def fps(self) -> float:
        """Frames per second of media time, as the recording claims."""
        return self._footage.fps

    @property
    def damaged(self) -> int:
        """Pictures left out so far because they could not be read or decoded."""
        return self._footage.damaged

    def read(self) -> Frame | None:
        picture = self._footage.next()
        if picture is None:
            return None
        utc_s = self._footage.recorded_utc_s + picture.media_s
        index = self._index + self._footage.damaged
        frame = Frame(
            self._camera, picture.image, index, picture.media_s, utc_s, False, self._footage.damaged
        )
        self._index += 1
        return frame

    def close(self) -> None:
        self._footage.close()

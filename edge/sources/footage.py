"""Recorded pictures in order, each with its time in the recording."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from edge.datatypes import BgrImage


class Picture(NamedTuple):
    """One picture of a recording.

    Attributes:
        image: (H, W, 3) uint8, BGR.
        media_s: Seconds since the first picture of the recording.
    """

    image: BgrImage
    media_s: float


class Footage(Protocol):
    """A video file or a folder of pictures, opened by its constructor."""

    @property
    def fps(self) -> float:
        """Pictures per second of media time, as the recording claims."""

    @property
    def recorded_utc_s(self) -> float:
        """When the recording was written, in seconds since 1970 UTC: stands for its beginning."""

    @property
    def damaged(self) -> int:
        """Pictures skipped so far because they could not be decoded."""

    def next(self) -> Picture | None:
        """The next picture that is due, None at the end.

        Raises:
            SourceError: The recording has ended without a single picture.
        """

    def close(self) -> None:
        """Release the file; may be called twice."""

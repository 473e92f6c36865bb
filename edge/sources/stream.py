"""Network cameras: RTSP over TCP, and HTTP (MJPEG or whatever FFmpeg reads)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2

from edge.errors import SourceError
from edge.sources.jpeg_grabber import grabber_for
from edge.sources.landing import Landing
from edge.sources.live import LiveSource
from edge.sources.opencv_capture import open_capture

if TYPE_CHECKING:  # a capture process has no room for pydantic
    from edge.cameras import StreamCamera

#: Each decoder thread of FFmpeg holds frames back: one more frame of delay and memory each.
_DECODER_THREADS = 2


def open_stream(camera: StreamCamera, landing: Landing) -> LiveSource:
    """Open a URL within ``open_timeout_s``.

    Raises:
        SourceError: The URL cannot be reached or is not a video; credentials are hidden.
    """
    at_open = {
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC: round(camera.open_timeout_s * 1000),
        cv2.CAP_PROP_READ_TIMEOUT_MSEC: round(camera.read_timeout_s * 1000),
        cv2.CAP_PROP_N_THREADS: _DECODER_THREADS,
    }
    capture = open_capture(camera.url, cv2.CAP_FFMPEG, at_open)
    if capture is None:
        raise SourceError(
            f"{camera.address}: no video stream (waited up to {camera.open_timeout_s:g} s); check that "
            "the camera is on, its address, user and password (ffprobe shows what the server answers)"
        )
    lost = f"{camera.address}: the stream broke off, or gave no frame for {camera.read_timeout_s:g} s"
    return LiveSource(camera.name, grabber_for(capture, landing, camera.fps), camera.fps, lost)

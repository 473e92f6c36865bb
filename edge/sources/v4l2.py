"""USB and CSI cameras through Video4Linux."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

from edge.errors import SourceError
from edge.sources.landing import Landing
from edge.sources.live import LiveSource
from edge.sources.opencv_capture import Grabber, VideoCapture, open_capture

if TYPE_CHECKING:  # a capture process has no room for pydantic
    from edge.cameras import V4l2Camera

_DEV = Path("/dev")


def open_v4l2(camera: V4l2Camera, landing: Landing) -> LiveSource:
    """Open a device, by number or path (``/dev/v4l/by-id/...`` survives replugging).

    Raises:
        SourceError: Says whether the device is absent, forbidden, busy or no camera.
    """
    check_device(camera.address)
    device = str(Path(camera.address).resolve())
    capture = open_capture(device, cv2.CAP_V4L2)
    if capture is None:
        raise SourceError(
            f"{camera.address}: is there, but gives no pictures; another program may use it (fuser -v "
            f"{camera.address}), or it is not the capture node of its camera (v4l2-ctl --list-devices)"
        )
    configure(capture, camera)
    lost = f"{camera.address}: stopped delivering frames; is the cable loose or the power weak (dmesg tells)?"
    return LiveSource(camera.name, Grabber(capture, landing), camera.fps, lost)


def check_device(address: str, dev: Path = _DEV) -> None:
    """Tell what is wrong with a device before OpenCV says only that it cannot.

    Raises:
        SourceError: The device does not exist or may not be opened.
    """
    path = Path(address)
    if not path.exists():
        found = ", ".join(sorted(str(node) for node in dev.glob("video*"))) or "none"
        raise SourceError(f"{address}: no such camera; present: {found}; plug it in or set `device`")
    if not os.access(path, os.R_OK | os.W_OK):
        raise SourceError(
            f"{address}: permission denied; add the user to the group video "
            "(sudo usermod -aG video $USER) and log in again"
        )


def configure(capture: VideoCapture, camera: V4l2Camera) -> None:
    """Ask for the pixel format before the size: drivers offer sizes per format."""
    if camera.fourcc:
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*camera.fourcc))
    if camera.size:
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, camera.size[0])
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, camera.size[1])
    # One frame queued in the driver: more only adds to the delay.
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)

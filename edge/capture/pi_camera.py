"""Raspberry Pi cameras through picamera2, written to its manual (Raspberry Pi Ltd, "The Picamera2
Library", sections 4.2, 6.4 and appendix A); no such camera was at hand, the seam is tested.

Standard library only, Python 3.9: runs under the system's Python, which has picamera2.
"""

from __future__ import annotations

import importlib
from typing import Any

from edge.capture.seat import Seat
from edge.capture.system_camera import CameraError, Outlet

#: picamera2 names formats by the order in a little-endian word: "RGB888" lies in memory as B, G, R.
_FORMAT = "RGB888"


def run(seat: Seat) -> None:
    """Deliver frames until the process is to stop.

    Raises:
        CameraError: picamera2 or the camera is missing, or the camera is in use.
    """
    try:
        library = importlib.import_module("picamera2")
    except ImportError as err:
        raise CameraError(
            f"picamera2 cannot be imported by this Python ({err}); run: sudo apt install python3-picamera2 "
            "(Raspberry Pi OS), and let the camera's `python` be /usr/bin/python3"
        ) from err
    deliver(library, seat)


def deliver(library: Any, seat: Seat) -> None:
    """Open the camera and pass each completed request to the slot.

    Args:
        library: The module picamera2, or a fake of it.
        seat: Where frames go.

    Raises:
        CameraError: The camera is missing or in use.
    """
    camera = _opened(library, seat.camera)
    outlet = Outlet(seat, f"picamera2:{seat.camera['index']}")
    try:
        camera.start()
        while not seat.stopping:
            request = camera.capture_request()
            try:
                _pass_on(library, request, outlet)
            finally:
                request.release()  # gives the buffer back to the camera
    finally:
        camera.close()


def _opened(library: Any, settings: dict[str, Any]) -> Any:
    index = settings["index"]
    found = library.Picamera2.global_camera_info()
    if index >= len(found):
        models = ", ".join(str(each.get("Model", "?")) for each in found) or "none"
        raise CameraError(
            f"picamera2:{index}: no such camera; present: {models}; check the ribbon cable, and rpicam-hello"
        )
    try:
        camera = library.Picamera2(index)
    except (RuntimeError, IndexError) as err:
        raise CameraError(
            f"picamera2:{index}: cannot be opened ({err}); another program may use it, or this "
            "user is not in the group video"
        ) from err
    size = tuple(settings["size"])
    camera.configure(camera.create_video_configuration(main={"size": size, "format": _FORMAT}))
    return camera


def _pass_on(library: Any, request: Any, outlet: Outlet) -> None:
    layout = request.config["main"]
    width, height = layout["size"]

    def copy_to(memory: memoryview) -> int:
        # The array is a view of the camera's own buffer: this is the only copy of the picture.
        with library.MappedArray(request, "main", reshape=False) as mapped:
            pixels = memoryview(mapped.array)
            wanted: int = min(len(pixels), layout["stride"] * height)
            memory[:wanted] = pixels[:wanted]
            return wanted

    outlet.deliver(width, height, layout["stride"], copy_to)

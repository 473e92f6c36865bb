"""How large a picture a camera's slot has room for (pure)."""

from __future__ import annotations

from edge.cameras import AnyCamera, FileCamera, PiCamera, V4l2Camera

_MIB = 1024 * 1024
#: 22 megapixels: 4K (3840x2160, 24 MiB), the 12 megapixels of a fisheye camera, and 5K fit.
_MOVING_BYTES = 64 * _MIB
#: 50 megapixels: a photograph of 8000x6000 takes 137 MiB.
_PHOTOGRAPH_BYTES = 144 * _MIB
#: A Raspberry Pi's camera pads each row to a multiple of 64 bytes.
_ROW_PADDING_BYTES = 64


def capacity_bytes(camera: AnyCamera) -> int:
    """Bytes of one of the three buffers.

    Untouched pages cost no memory, but address space in the daemon and in the capture process,
    which ``ulimit -v`` and 32-bit systems bound.
    """
    if isinstance(camera, FileCamera) and camera.source == "images":
        return _PHOTOGRAPH_BYTES
    if isinstance(camera, V4l2Camera | PiCamera) and camera.size:
        width, height = camera.size
        return max(_MOVING_BYTES, (width * 3 + _ROW_PADDING_BYTES) * height)
    return _MOVING_BYTES

"""Pictures in shared memory as arrays, without a copy; the only numpy of this package."""

from __future__ import annotations

import numpy as np

from edge.capture.slot_memory import Header
from edge.datatypes import BgrImage


def as_image(pixels: memoryview, header: Header) -> BgrImage:
    """(H, W, 3) uint8, BGR view of a buffer; read-only where the memory is.

    Rows may be padded: GStreamer aligns them to 4 bytes, a Raspberry Pi's camera to 64.
    """
    shape = (header.height, header.width, 3)
    image: BgrImage = np.ndarray(shape, np.uint8, pixels, strides=(header.stride_bytes, 3, 1))
    return image


def as_canvas(pixels: memoryview, height: int, width: int) -> BgrImage:
    """(height, width, 3) uint8 view of the beginning of a buffer, rows without padding."""
    canvas: BgrImage = np.ndarray((height, width, 3), np.uint8, pixels)
    return canvas

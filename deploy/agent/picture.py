"""Pictures for the self-test, made with the standard library: PNG files of noise, which does not compress."""

from __future__ import annotations

import random
import struct
import zlib
from pathlib import Path

_WIDTH_PX, _HEIGHT_PX = 320, 240


def write_pictures(folder: Path, count: int) -> None:
    """Fill a folder; the same pictures each time."""
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        path = folder / f"{index:03}.png"
        path.write_bytes(_png(random.Random(index)))
        path.chmod(0o644)


def _png(noise: random.Random) -> bytes:
    size = _WIDTH_PX * _HEIGHT_PX
    grey = noise.getrandbits(8 * size).to_bytes(size, "big")
    rows = b"".join(b"\0" + grey[start : start + _WIDTH_PX] for start in range(0, size, _WIDTH_PX))
    header = struct.pack(">IIBBBBB", _WIDTH_PX, _HEIGHT_PX, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 0)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

"""Files by their sha256: uploaded in parts, resumed where they stopped, believed once they are verified."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import BinaryIO

from deploy.agent import disk, durable
from deploy.agent.layout import Layout
from deploy.agent.manifest import Blob
from deploy.agent.refusal import RefusedError

_CHUNK_BYTES = 1024 * 1024


class BlobStore:
    """The blobs of one device."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def path(self, sha256: str) -> Path:
        return self._layout.blobs / sha256

    def have_bytes(self, blob: Blob) -> int:
        """How much of a blob is here: where its upload goes on."""
        if self.path(blob.sha256).exists():
            return blob.bytes
        try:
            found = self._part(blob.sha256).stat().st_size
        except FileNotFoundError:
            return 0
        return found if found <= blob.bytes else 0

    def receive(self, sha256: str, total_bytes: int, offset: int, part: Path) -> int:
        """Append the next part, a file: as :meth:`append`."""
        with part.open("rb") as source:
            return self.append(sha256, total_bytes, offset, source, part.stat().st_size)

    def append(self, sha256: str, total_bytes: int, offset: int, source: BinaryIO, length_bytes: int) -> int:
        """Append the next part; the last one completes the blob.

        Returns:
            How many bytes are here now.
        Raises:
            RefusedError: ``wrong-offset`` (``have_bytes`` says where to go on), ``bad-blob`` (the whole has
                another sha256: it is thrown away), ``disk-full`` (what was here is thrown away, since the
                daemon needs the room more), ``cut-off`` (the source ended early, or another sender goes on
                with it since this one lost its connection; what arrived is kept).
        """
        if self.path(sha256).exists():
            _copy(source, None, length_bytes)
            return total_bytes
        target = self._part(sha256)
        with open(str(target), "ab") as out:
            have = _have(out, total_bytes)
            if have != offset:
                raise RefusedError(
                    "wrong-offset", f"{have} bytes are here, the part begins at {offset}",
                    str(target), "go on where it stopped", have_bytes=have,
                )  # fmt: skip
            try:
                disk.require(target, length_bytes)
                lacking = _copy(source, out, length_bytes)
                out.flush()
                os.fsync(out.fileno())
            except RefusedError:
                target.unlink()
                raise
            except OSError as err:
                if err.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                    target.unlink()
                raise
            have = out.tell()
        if lacking:
            raise RefusedError("cut-off", f"it ended {lacking} bytes early", str(target), "push again")
        if have >= total_bytes:
            self._complete(sha256, target)
        return have

    def verify(self, blob: Blob) -> None:
        """Read a blob again.

        Raises:
            RefusedError: ``bad-blob``: it is missing or altered; an altered one is removed, to be sent again.
        """
        path = self.path(blob.sha256)
        try:
            with path.open("rb") as handle:
                found = _sha256(handle)
        except FileNotFoundError as err:
            raise RefusedError(
                "bad-blob", f"the content of {blob.path} is missing", str(path), "push again"
            ) from err
        if found != blob.sha256:
            path.unlink()
            raise RefusedError("bad-blob", f"the content of {blob.path} was altered", str(path), "push again")

    def _complete(self, sha256: str, target: Path) -> None:
        with target.open("rb") as handle:
            found = _sha256(handle)
        if found != sha256:
            target.unlink()
            raise RefusedError(
                "bad-blob",
                f"what arrived has the sha256 {found}",
                str(target),
                "send it again from the start",
            )
        target.chmod(0o444)
        os.replace(str(target), str(self.path(sha256)))
        durable.sync_folder(self._layout.blobs)

    def _part(self, sha256: str) -> Path:
        return self._layout.incoming / f"{sha256}.part"


def _have(part: BinaryIO, total_bytes: int) -> int:
    """How much of a blob a part has; a larger one is none of its own, and would be in every push's way."""
    if part.tell() > total_bytes:
        part.seek(0)
        part.truncate()
    return part.tell()


def _copy(source: BinaryIO, out: BinaryIO | None, length_bytes: int) -> int:
    """Copy so many bytes, or pass over them; returns how many are lacking."""
    while length_bytes:
        chunk = source.read(min(length_bytes, _CHUNK_BYTES))
        if not chunk:
            break
        if out is not None:
            out.flush()
            if os.fstat(out.fileno()).st_size != out.tell():  # another sender goes on with it
                break
            out.write(chunk)
        length_bytes -= len(chunk)
    return length_bytes


def _sha256(handle: BinaryIO) -> str:
    digest = hashlib.sha256()
    for chunk in iter(lambda: handle.read(_CHUNK_BYTES), b""):
        digest.update(chunk)
    return digest.hexdigest()

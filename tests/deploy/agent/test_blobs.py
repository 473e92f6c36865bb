"""Uploads come in parts, go on where they stopped, and fill no disk."""

from __future__ import annotations

import errno
import hashlib
import io
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.agent import disk
from deploy.agent.blobs import BlobStore
from deploy.agent.layout import Layout
from deploy.agent.manifest import Blob
from deploy.agent.parcel import unload
from deploy.agent.refusal import RefusedError, of_os_error
from deploy.steps.transfer import parcels

_CONTENT = b"0123456789" * 1000
_SHA256 = hashlib.sha256(_CONTENT).hexdigest()
_EMPTY = hashlib.sha256(b"").hexdigest()
_BLOB = Blob("bundles/x/model.tflite", _SHA256, len(_CONTENT), 0)


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    layout = Layout(tmp_path / "device")
    layout.make()
    return BlobStore(layout)


def part(folder: Path, content: bytes) -> Path:
    path = folder / "part"
    path.write_bytes(content)
    return path


def test_parts_make_the_whole(store: BlobStore, tmp_path: Path) -> None:
    assert store.receive(_SHA256, len(_CONTENT), 0, part(tmp_path, _CONTENT[:4000])) == 4000
    assert store.have_bytes(_BLOB) == 4000
    assert not store.path(_SHA256).exists()
    assert store.receive(_SHA256, len(_CONTENT), 4000, part(tmp_path, _CONTENT[4000:])) == len(_CONTENT)
    assert store.path(_SHA256).read_bytes() == _CONTENT
    store.verify(_BLOB)


def test_a_part_at_the_wrong_place_is_told_the_right_one(store: BlobStore, tmp_path: Path) -> None:
    store.receive(_SHA256, len(_CONTENT), 0, part(tmp_path, _CONTENT[:4000]))
    with pytest.raises(RefusedError) as refused:
        store.receive(_SHA256, len(_CONTENT), 5000, part(tmp_path, _CONTENT[5000:]))
    assert (refused.value.code, refused.value.more) == ("wrong-offset", {"have_bytes": 4000})
    assert store.have_bytes(_BLOB) == 4000


def test_what_arrives_altered_is_thrown_away(store: BlobStore, tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as refused:
        store.receive(_SHA256, len(_CONTENT), 0, part(tmp_path, b"x" * len(_CONTENT)))
    assert refused.value.code == "bad-blob"
    assert store.have_bytes(_BLOB) == 0


def test_a_stream_that_ends_early_keeps_what_arrived_and_goes_on_there(store: BlobStore) -> None:
    with pytest.raises(RefusedError) as refused:
        store.append(_SHA256, len(_CONTENT), 0, io.BytesIO(_CONTENT[:4000]), len(_CONTENT))
    assert refused.value.code == "cut-off"
    assert store.have_bytes(_BLOB) == 4000
    rest = io.BytesIO(_CONTENT[4000:])
    assert store.append(_SHA256, len(_CONTENT), 4000, rest, len(_CONTENT) - 4000) == len(_CONTENT)
    store.verify(_BLOB)


def test_a_sender_whose_connection_was_lost_adds_nothing_to_what_the_next_one_brings(
    store: BlobStore,
) -> None:
    class _Lost(io.BytesIO):
        """Gives what it has once the next sender is done."""

        def read(self, size: int | None = -1) -> bytes:
            store.append(_SHA256, len(_CONTENT), 0, io.BytesIO(_CONTENT[:4000]), 4000)
            return super().read(size)

    with pytest.raises(RefusedError) as refused:
        store.append(_SHA256, len(_CONTENT), 0, _Lost(_CONTENT[:100]), len(_CONTENT))
    assert refused.value.code == "cut-off"
    assert store.have_bytes(_BLOB) == 4000
    rest = io.BytesIO(_CONTENT[4000:])
    assert store.append(_SHA256, len(_CONTENT), 4000, rest, len(_CONTENT) - 4000) == len(_CONTENT)


def test_a_parcel_passes_over_a_blob_that_is_here_already(store: BlobStore) -> None:
    pieces = [f"{_SHA256}:{len(_CONTENT)}:0:{len(_CONTENT)}", f"{_EMPTY}:0:0:0"]
    for _ in range(2):
        unload(store, io.BytesIO(_CONTENT), pieces)
    store.verify(_BLOB)
    assert store.path(_EMPTY).read_bytes() == b""


def _left_over(store: BlobStore, content: bytes) -> None:
    """What a power cut leaves between the last byte and the rename."""
    store._part(_SHA256).write_bytes(content)


def _sent(store: BlobStore) -> None:
    missing = {"sha256": _SHA256, "bytes": _BLOB.bytes, "have_bytes": store.have_bytes(_BLOB)}
    for load in parcels([missing]):
        content = b"".join(_CONTENT[piece.offset :][: piece.length_bytes] for piece in load)
        unload(store, io.BytesIO(content), [str(piece) for piece in load])


def test_what_was_cut_off_when_all_had_arrived_is_completed_by_the_next_push(store: BlobStore) -> None:
    _left_over(store, _CONTENT)
    _sent(store)
    assert store.path(_SHA256).read_bytes() == _CONTENT


def test_what_was_cut_off_and_is_not_on_the_disk_is_sent_again(store: BlobStore) -> None:
    _left_over(store, b"\0" * len(_CONTENT))
    with pytest.raises(RefusedError, match="send it again"):
        _sent(store)
    _sent(store)
    store.verify(_BLOB)


def test_a_part_that_is_larger_than_its_blob_is_begun_again(store: BlobStore) -> None:
    _left_over(store, _CONTENT + b"more")
    _sent(store)
    store.verify(_BLOB)


def test_a_blob_that_is_here_is_not_touched(store: BlobStore, tmp_path: Path) -> None:
    store.receive(_SHA256, len(_CONTENT), 0, part(tmp_path, _CONTENT))
    assert store.receive(_SHA256, len(_CONTENT), 0, part(tmp_path, b"")) == len(_CONTENT)


@contextmanager
def files_of_at_most(limit_bytes: int) -> Iterator[None]:
    """A disk that is full in the middle of a file."""
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_disk_that_fills_up_gets_its_room_back(store: BlobStore, tmp_path: Path) -> None:
    store.receive(_SHA256, len(_CONTENT), 0, part(tmp_path, _CONTENT[:4000]))
    rest = part(tmp_path, _CONTENT[4000:])
    with files_of_at_most(5000), pytest.raises(OSError, match="File too large") as failed:
        store.receive(_SHA256, len(_CONTENT), 4000, rest)
    assert of_os_error(failed.value, "").code == "disk-full"
    assert store.have_bytes(_BLOB) == 0


def test_what_would_leave_the_daemon_no_room_is_refused_before(store: BlobStore, tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as refused:
        disk.require(tmp_path, disk.free_bytes(tmp_path))
    assert refused.value.code == "disk-full"


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (errno.ENOSPC, "disk-full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "not-allowed"),
        (errno.EBADF, "os-error"),
    ],
)
def test_errors_of_the_system_get_names(code: int, name: str) -> None:
    assert of_os_error(OSError(code, "x", "/some/file"), "").as_json()["code"] == name

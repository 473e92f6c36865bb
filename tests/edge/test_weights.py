from __future__ import annotations

import errno
import hashlib
import socket
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from edge import weights
from edge.errors import FetchError, ModelError


@pytest.fixture
def catalogue(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A catalogue of one file, which lies in the returned folder and is served by its file URL."""
    folder = tmp_path / "official"
    folder.mkdir()
    (folder / "net.bin").write_bytes(b"weights")
    digest = hashlib.sha256(b"weights").hexdigest()
    file = weights.WeightsFile("net.bin", (folder / "net.bin").as_uri(), digest)
    monkeypatch.setitem(weights.CATALOGUE, "net", weights.Weights("net", "MIT", (file,)))
    return folder


def ignore(_file: str, _done: int, _total: int | None) -> None:
    pass


@pytest.mark.parametrize("given", [True, False])
def test_pulled_files_are_verified_and_found(catalogue: Path, tmp_path: Path, given: bool) -> None:
    weights.pull("net", tmp_path / "cache", catalogue if given else None, ignore)
    assert weights.present("net", tmp_path / "cache")
    assert weights.locate("net", tmp_path / "cache") == (tmp_path / "cache" / "net.bin",)


def test_a_download_tells_its_progress(catalogue: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    weights.pull("net", tmp_path / "cache", None, lambda *news: told.append(news))
    assert told == [("net.bin", 7, 7)]


def test_a_file_with_another_hash_is_refused_and_nothing_is_left(catalogue: Path, tmp_path: Path) -> None:
    (catalogue / "net.bin").write_bytes(b"tampered")
    with pytest.raises(FetchError, match=r"sha256 is .*, expected .*nothing was installed"):
        weights.pull("net", tmp_path / "cache", catalogue, ignore)
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_damaged_file_in_the_cache_is_replaced(catalogue: Path, tmp_path: Path) -> None:
    (tmp_path / "net.bin").write_bytes(b"cut sho")
    with pytest.raises(ModelError, match="sha256"):
        weights.locate("net", tmp_path)
    weights.pull("net", tmp_path, catalogue, ignore)
    assert weights.locate("net", tmp_path)


def test_without_the_file_or_the_network_the_message_says_what_to_do(catalogue: Path, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="--from needs a folder"):
        weights.pull("net", tmp_path / "cache", tmp_path / "nowhere", ignore)
    (catalogue / "net.bin").unlink()
    with pytest.raises(FetchError, match=r"download failed.*--from FOLDER"):
        weights.pull("net", tmp_path / "cache", None, ignore)


def test_the_cache_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("EMOTION_EDGE_WEIGHTS", raising=False)
    assert weights.cache_folder() == tmp_path / "emotion-edge" / "weights"
    monkeypatch.setenv("EMOTION_EDGE_WEIGHTS", str(tmp_path / "mine"))
    assert weights.cache_folder() == tmp_path / "mine"


#: OpenCV's own repositories, and that of YuNet's author.
OFFICIAL = ("https://github.com/opencv/", "https://github.com/ShiqiYu/libfacedetection.train/")


def test_every_address_is_official_and_every_hash_is_whole() -> None:
    for entry in weights.CATALOGUE.values():
        for file in entry.files:
            assert file.url.startswith(OFFICIAL)
            assert file.url.endswith(file.name)
            assert len(bytes.fromhex(file.sha256)) == 32


def test_the_advice_brings_the_weights_to_where_they_are_looked_for(
    catalogue: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ModelError, match=r"emotion-edge models pull net --into '.*/my weights'$"):
        weights.locate("net", tmp_path / "my weights")
    monkeypatch.setenv("EMOTION_EDGE_WEIGHTS", str(tmp_path))
    with pytest.raises(ModelError, match=r"emotion-edge models pull net$"):
        weights.locate("net", tmp_path)


@pytest.mark.parametrize(
    "answer",
    [
        b"blocked by the proxy\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nweig",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nweig",
    ],
)
def test_an_answer_that_is_none_or_breaks_off_is_a_failed_download(
    catalogue: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    (file,) = weights.CATALOGUE["net"].files
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            asked, _ = server.accept()
            with asked:
                asked.recv(65536)
                asked.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/net.bin"
        monkeypatch.setitem(
            weights.CATALOGUE, "net", weights.Weights("net", "MIT", (replace(file, url=url),))
        )
        with pytest.raises(FetchError):
            weights.pull("net", tmp_path / "cache", None, ignore)
    assert list((tmp_path / "cache").iterdir()) == []


def test_weights_in_a_folder_that_may_not_be_entered_are_absent_and_stop_nothing(
    catalogue: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(_path: Path) -> bool:  # what Python 3.11 does; root may enter every folder
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "is_file", forbidden)
    assert not weights.present("net", tmp_path)
    with pytest.raises(ModelError, match=r"net\.bin: cannot be read: Permission denied"):
        weights.locate("net", tmp_path)


def test_a_place_that_cannot_be_written_is_not_blamed_on_the_source(catalogue: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FetchError, match=r"file: is a file; choose another folder with --into"):
        weights.pull("net", tmp_path / "file", catalogue, ignore)
    (tmp_path / "cache" / "net.bin.part").mkdir(parents=True)
    for source in (catalogue, None):
        with pytest.raises(FetchError, match=r"net\.bin\.part: cannot be written: .*--into$"):
            weights.pull("net", tmp_path / "cache", source, ignore)

"""Third-party detector weights: where they officially come from, their pinned sha256, and the cache.

Nothing of this is committed or shipped; ``emotion-edge models pull`` fetches it, and every
use of a file is preceded by a check of its hash.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import shlex
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from edge.errors import FetchError, ModelError

_GITHUB = "https://github.com/opencv"
_CHUNK_BYTES = 1 << 16
_ELSEWHERE = "choose another folder with --into"


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """One file: its name in the cache, its official address, its size and hash."""

    name: str
    url: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Weights:
    """The files of one network and the terms that they come under."""

    name: str
    license: str
    files: tuple[WeightsFile, ...]


CATALOGUE = {
    entry.name: entry
    for entry in (
        Weights(
            "yunet",
            "MIT (opencv/opencv_zoo)",
            (
                WeightsFile(
                    "face_detection_yunet_2023mar.onnx",
                    f"{_GITHUB}/opencv_zoo/raw/main/models/face_detection_yunet/face_detection_yunet_2023mar.onnx",
                    "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
                ),
            ),
        ),
        # The larger of the two: a teacher and a row of the comparison, not a detector of the pipeline.
        Weights(
            "yunet-n",
            "Apache-2.0 (ShiqiYu/libfacedetection.train)",
            (
                WeightsFile(
                    "yunet_n_320_320.onnx",
                    "https://github.com/ShiqiYu/libfacedetection.train/raw/master/onnx/yunet_n_320_320.onnx",
                    "81dbde155e982455488235acb8ec2dec5d647edf7cf7080d33e4abb69b93a0d2",
                ),
            ),
        ),
        Weights(
            "ssd-tensorflow",
            "Apache-2.0 (opencv/opencv_3rdparty, opencv/opencv_extra)",
            (
                WeightsFile(
                    "opencv_face_detector_uint8.pb",
                    f"{_GITHUB}/opencv_3rdparty/raw/dnn_samples_face_detector_20180220/opencv_face_detector_uint8.pb",
                    "5c71d752ef2cbf2f457ac82fdd580fcb2522fd04c5efdaed18eb6d9e2843fbed",
                ),
                WeightsFile(
                    "opencv_face_detector.pbtxt",
                    f"{_GITHUB}/opencv_extra/raw/4.x/testdata/dnn/opencv_face_detector.pbtxt",
                    "5397808362fc6fb7c4044484848e297b22449d913a267fa7f8bd9d86dce29144",
                ),
            ),
        ),
        Weights(
            "ssd-caffe",
            "Apache-2.0 (opencv/opencv_3rdparty, opencv/opencv)",
            (
                WeightsFile(
                    "res10_300x300_ssd_iter_140000.caffemodel",
                    f"{_GITHUB}/opencv_3rdparty/raw/dnn_samples_face_detector_20170830/"
                    "res10_300x300_ssd_iter_140000.caffemodel",
                    "2a56a11a57a4a295956b0660b4a3d76bbdca2206c4961cea8efe7d95c7cb2f2d",
                ),
                WeightsFile(
                    "deploy.prototxt",
                    f"{_GITHUB}/opencv/raw/4.x/samples/dnn/face_detector/deploy.prototxt",
                    "dcd661dc48fc9de0a341db1f666a2164ea63a67265c7f779bc12d6b3f2fa67e9",
                ),
            ),
        ),
    )
}

#: called with (file name, bytes so far, bytes in all or None)
Progress = Callable[[str, int, "int | None"], None]


def cache_folder() -> Path:
    """Where pulled weights lie: ``EMOTION_EDGE_WEIGHTS``, else the user's cache folder."""
    if named := os.environ.get("EMOTION_EDGE_WEIGHTS"):
        return Path(named)
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "emotion-edge" / "weights"


def present(name: str, folder: Path) -> bool:
    """Whether all files of a network are in the folder (unverified: :func:`locate` verifies).

    A folder that may not be looked into has none.
    """
    try:
        return all((folder / file.name).is_file() for file in CATALOGUE[name].files)
    except (
        OSError
    ):  # a home of another user: before Python 3.14, is_file() raises what it is forbidden to know
        return False


def locate(name: str, folder: Path) -> tuple[Path, ...]:
    """The verified files of one network, in the catalogue's order.

    Raises:
        ModelError: A file is missing or altered; says how to get it.
    """
    paths = []
    for file in CATALOGUE[name].files:
        path = folder / file.name
        into = "" if folder == cache_folder() else f" --into {shlex.quote(str(folder))}"
        advice = f"run: emotion-edge models pull {name}{into}"
        try:
            found = sha256_of(path) if path.is_file() else None
        except OSError as err:
            raise ModelError(f"{path}: cannot be read: {err.strerror}; let this user read it") from err
        if found is None:
            raise ModelError(f"{path}: the weights of {name!r} are not there; {advice}")
        if found != file.sha256:
            raise ModelError(f"{path}: sha256 is {found}, expected {file.sha256}; delete it and {advice}")
        paths.append(path)
    return tuple(paths)


def pull(name: str, folder: Path, source: Path | None, progress: Progress) -> None:
    """Bring the files of one network into the folder, from ``source`` or their official address.

    Files that are there and intact stay; a file appears under its name only when verified.

    Raises:
        FetchError: A file cannot be had, has another hash or cannot be written; says which and what to do.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in CATALOGUE[name].files:
            if not _intact(folder / file.name, file):
                _bring(file, folder, source, progress)
    except FileExistsError as err:
        raise FetchError(f"{folder}: is a file; {_ELSEWHERE}") from err
    except OSError as err:  # those of the source are told already
        raise FetchError(
            f"{err.filename or folder}: cannot be written: {err.strerror}; let this user write to {folder} "
            f"and look at the room there, or {_ELSEWHERE}"
        ) from err


def _intact(path: Path, file: WeightsFile) -> bool:
    return path.is_file() and sha256_of(path) == file.sha256


def _bring(file: WeightsFile, folder: Path, source: Path | None, progress: Progress) -> None:
    partial = folder / f"{file.name}.part"
    try:
        with partial.open("wb") as out:
            given = _copied(source / file.name) if source is not None else _downloaded(file, progress)
            for chunk in given:
                out.write(chunk)
        if (found := sha256_of(partial)) != file.sha256:
            origin = source / file.name if source else file.url
            raise FetchError(
                f"{origin}: sha256 is {found}, expected {file.sha256}; "
                "nothing was installed. The file is damaged or not the one that this version knows"
            )
        partial.replace(folder / file.name)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    """Hex sha256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while chunk := handle.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _copied(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as handle:
            while chunk := handle.read(_CHUNK_BYTES):
                yield chunk
    except OSError as err:
        raise FetchError(
            f"{path}: cannot be copied: {err.strerror}; --from needs a folder that holds this file"
        ) from err


def _downloaded(file: WeightsFile, progress: Progress) -> Iterator[bytes]:
    try:
        with urllib.request.urlopen(file.url, timeout=30) as response:  # noqa: S310 - fixed https addresses
            length = response.headers.get("Content-Length")
            total, done = int(length) if length else None, 0
            while chunk := response.read(_CHUNK_BYTES):
                yield chunk
                done += len(chunk)
                progress(file.name, done, total)
    except (OSError, http.client.HTTPException) as err:
        raise FetchError(
            f"{file.url}: download failed: {err}; "
            f"without a network, bring {file.name} by hand and use --from FOLDER"
        ) from err

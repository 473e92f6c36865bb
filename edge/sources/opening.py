"""From a camera's configuration to its opened source: the only file that knows the kinds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from edge.errors import SourceError
from edge.protocols import FrameSource
from edge.sources.footage import Footage
from edge.sources.image_folder import IMAGE_SUFFIXES, ImageFolder
from edge.sources.landing import Heap, Landing
from edge.sources.paced import PacedSource
from edge.sources.recording import Recording
from edge.sources.stream import open_stream
from edge.sources.v4l2 import open_v4l2
from edge.sources.video_file import VideoFile

if TYPE_CHECKING:  # a capture process has no room for pydantic
    from edge.cameras import AnyCamera, FileCamera


def open_source(camera: AnyCamera, landing: Landing | None = None) -> FrameSource:
    """Open a camera in this process; ``landing`` says where its pictures go, the heap by default.

    Raises:
        SourceError: The camera cannot be opened, or only the system's Python can open it.
    """
    landing = landing or Heap()
    if camera.source == "v4l2":
        return open_v4l2(camera, landing)
    if camera.source == "rtsp" or camera.source == "http":  # noqa: PLR1714 - this form narrows the type
        return open_stream(camera, landing)
    if camera.source == "file" or camera.source == "images":  # noqa: PLR1714
        return _open_as_camera(camera, landing)
    raise SourceError(
        f"camera {camera.name}: {camera.source} cameras run under the system's Python, in the capture "
        "process that `emotion-edge run` starts; they cannot be opened here"
    )


def recording_kind(path: Path) -> Literal["images", "file"]:
    """Whether a path is played as pictures (a folder, or one picture) or as a film: a camera's ``source``."""
    return "images" if path.is_dir() or path.suffix.lower() in IMAGE_SUFFIXES else "file"


def open_recording(path: Path, camera: str, landing: Landing | None = None) -> Recording:
    """Open a video file, a folder of pictures or one picture for a repeatable replay.

    Raises:
        SourceError: The path is missing, unreadable, empty, or nothing that can be decoded.
    """
    landing = landing or Heap()
    pictures = recording_kind(path) == "images"
    return Recording(camera, ImageFolder(path, landing) if pictures else VideoFile(path, landing))


def _open_as_camera(camera: FileCamera, landing: Landing) -> PacedSource:
    def reopen() -> Footage:
        if camera.source == "images":
            return ImageFolder(camera.path, landing, camera.fps)
        return VideoFile(camera.path, landing, camera.fps)

    return PacedSource(camera.name, reopen, landing, loop=camera.loop, paced=camera.pace == "camera")

"""How one camera is configured; each kind of source has its own fields."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from edge.contract.section import TAKES_LIST, PathText, Section
from edge.redaction import redacted, redacted_url

RESERVED_NAMES = frozenset({"set", "result", "status", "stats"})
_IDENTIFIER = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"


def _not_reserved(name: str) -> str:
    if name in RESERVED_NAMES:
        raise ValueError(f"{name!r} is a topic of its own; choose another camera name")
    return name


#: Lower-case letters, digits and hyphens: safe in a topic, a file name and a host name.
Identifier = Annotated[str, Field(pattern=_IDENTIFIER, max_length=63)]
CameraName = Annotated[Identifier, AfterValidator(_not_reserved)]
_Side = Annotated[int, Field(ge=16, le=8192)]
Size = Annotated[tuple[_Side, _Side], TAKES_LIST]


def _not_empty(roi: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    x1, y1, x2, y2 = roi
    if x1 >= x2 or y1 >= y2:
        raise ValueError("must be [x1, y1, x2, y2] with x1 < x2 and y1 < y2")
    return roi


_Pixel = Annotated[int, Field(ge=0)]
Roi = Annotated[tuple[_Pixel, _Pixel, _Pixel, _Pixel], TAKES_LIST, AfterValidator(_not_empty)]


def _kind_of_device(device: Any) -> str | None:
    if isinstance(device, bool):
        return None
    return {int: "number", str: "path"}.get(type(device))


#: The number of a video device, or its path.
Device = Annotated[
    Annotated[int, Field(ge=0), Tag("number")] | Annotated[str, Field(min_length=1), Tag("path")],
    Discriminator(
        _kind_of_device,
        custom_error_type="device",
        custom_error_message="must be the number of a video device (0 or more) or its path",
    ),
]


class Camera(Section):
    """What every camera has.

    Attributes:
        fps: The rate at which frames are analysed, None for all that come.
        roi: Only this part of the picture is searched for faces: x1, y1, x2, y2 in pixels of
            the frame, x2 and y2 exclusive; None for all of it.
    """

    name: CameraName
    enabled: bool = True
    fps: Annotated[float, Field(gt=0, le=240)] | None = None
    roi: Roi | None = None

    @property
    def lossless(self) -> bool:
        """Whether the source waits for the pipeline instead of dropping frames."""
        return False

    @property
    def address(self) -> str:
        """The source as it may be shown: without a password."""
        raise NotImplementedError


class V4l2Camera(Camera):
    """A USB or CSI camera through Video4Linux: ``/dev/video0`` or a number."""

    source: Literal["v4l2"]
    device: Device = 0
    size: Size | None = None
    fourcc: Annotated[str, Field(pattern=r"^[A-Z0-9]{4}$")] | None = None

    @property
    def address(self) -> str:
        return f"/dev/video{self.device}" if isinstance(self.device, int) else self.device


class PiCamera(Camera):
    """A Raspberry Pi camera through picamera2, run by the system's Python."""

    source: Literal["picamera2"]
    index: Annotated[int, Field(ge=0)] = 0
    size: Size = (1280, 720)
    python: PathText = Path("/usr/bin/python3")

    @property
    def address(self) -> str:
        return f"picamera2:{self.index}"


class StreamCamera(Camera):
    """A network camera: RTSP (over TCP) or HTTP (MJPEG, or whatever FFmpeg reads)."""

    source: Literal["rtsp", "http"]
    url: Annotated[str, Field(pattern=r"^(rtsps?|https?)://")]
    open_timeout_s: Annotated[float, Field(gt=0, le=120)] = 10.0
    read_timeout_s: Annotated[float, Field(gt=0, le=120)] = 5.0

    @property
    def address(self) -> str:
        return redacted_url(self.url)


class GstreamerCamera(Camera):
    """A GStreamer pipeline, run by the system's Python; an appsink is added at its end."""

    source: Literal["gstreamer"]
    pipeline: Annotated[str, Field(min_length=1)]
    python: PathText = Path("/usr/bin/python3")

    @property
    def address(self) -> str:
        return f"gstreamer:{redacted(self.pipeline)}"


class FileCamera(Camera):
    """A video file as a camera, or with ``source: images`` a folder of pictures.

    ``pace: camera`` delivers at the file's own rate, ``fastest`` as fast as frames are
    analysed. A file waits for the pipeline: nothing is dropped.
    """

    source: Literal["file", "images"]
    path: PathText
    loop: bool = False
    pace: Literal["camera", "fastest"] = "camera"

    @property
    def lossless(self) -> bool:
        return True

    @property
    def address(self) -> str:
        return str(self.path)


AnyCamera = Annotated[
    V4l2Camera | PiCamera | StreamCamera | GstreamerCamera | FileCamera, Field(discriminator="source")
]

"""A GStreamer pipeline as a camera (Jetson's nvarguscamerasrc among them), through gi.

Standard library only, Python 3.9: runs under the system's Python, which has gi.
"""

from __future__ import annotations

import ctypes
import importlib
from collections.abc import Callable
from typing import Any

from edge.capture.seat import Seat
from edge.capture.system_camera import CameraError, Outlet
from edge.redaction import redacted

_SINK = "emotion_edge"
#: The sink keeps one picture and replaces it; without sync a late clock cannot hold pictures back.
_TAIL = f" ! videoconvert ! video/x-raw,format=BGR ! appsink name={_SINK} max-buffers=1 drop=true sync=false"
_PACKAGES = (
    "sudo apt install python3-gi gir1.2-gstreamer-1.0 gir1.2-gst-plugins-base-1.0 gstreamer1.0-plugins-base "
    "gstreamer1.0-plugins-good"
)
_WAIT_NS = 200_000_000

#: Copies a Gst.Buffer into memory, returns the bytes copied.
CopyBuffer = Callable[[Any, memoryview], int]


def run(seat: Seat) -> None:
    """Deliver frames until the pipeline ends or the process is to stop.

    Raises:
        CameraError: gi or a plugin is missing, or the pipeline failed.
    """
    try:
        gi = importlib.import_module("gi")
        gi.require_version("Gst", "1.0")
        gi.require_version("GstApp", "1.0")
        gst = importlib.import_module("gi.repository.Gst")
        importlib.import_module("gi.repository.GstApp")  # gives the sink its methods
    except (ImportError, ValueError) as err:
        raise CameraError(f"GStreamer cannot be used by this Python ({err}); run: {_PACKAGES}") from err
    gst.init(None)
    deliver(gst, seat, _copier())


def deliver(gst: Any, seat: Seat, copy_buffer: CopyBuffer) -> None:
    """Play the pipeline and pass each picture to the slot.

    Args:
        gst: ``gi.repository.Gst``, or a fake of it.
        seat: Where frames go; its camera's ``pipeline`` is played.
        copy_buffer: How to get at the bytes of a buffer.

    Raises:
        CameraError: The pipeline cannot be built, failed, or a live one ended.
    """
    text = seat.camera["pipeline"]
    outlet = Outlet(seat, f"gstreamer:{redacted(text)}")
    pipeline = _built(gst, text)
    sink = pipeline.get_by_name(_SINK)
    try:
        if pipeline.set_state(gst.State.PLAYING) == gst.StateChangeReturn.FAILURE:
            _raise_error(gst, pipeline, text)
            raise CameraError(f"gstreamer: the pipeline does not start: {text}")
        while not seat.stopping:
            sample = sink.try_pull_sample(_WAIT_NS)
            if sample is not None:
                _pass_on(sample, outlet, copy_buffer)
                continue
            _raise_error(gst, pipeline, text)
            if sink.get_property("eos"):
                _end(gst, sink, seat, outlet)
                return
    finally:
        pipeline.set_state(gst.State.NULL)


def _built(gst: Any, text: str) -> Any:
    try:
        return gst.parse_launch(text + _TAIL)
    except Exception as err:
        raise CameraError(
            f"gstreamer: the pipeline cannot be built: {getattr(err, 'message', err)}; try it with "
            "gst-launch-1.0; where an element is missing install its plugin (gst-inspect-1.0 lists them)"
        ) from err


def _pass_on(sample: Any, outlet: Outlet, copy_buffer: CopyBuffer) -> None:
    layout = sample.get_caps().get_structure(0)
    width, height = layout.get_value("width"), layout.get_value("height")
    stride_bytes = (width * 3 + 3) // 4 * 4  # GstVideoInfo rounds the rows of packed formats up to 4
    outlet.deliver(width, height, stride_bytes, lambda memory: copy_buffer(sample.get_buffer(), memory))


def _raise_error(gst: Any, pipeline: Any, text: str) -> None:
    message = pipeline.get_bus().pop_filtered(gst.MessageType.ERROR)
    if message is None:
        return
    error, detail = message.parse_error()
    where = message.src.get_name() if message.src else "pipeline"
    explained = (detail or "").rsplit("\n", 1)[-1]
    raise CameraError(f"gstreamer: {where}: {error.message} ({explained}); the pipeline was: {text}")


def _end(gst: Any, sink: Any, seat: Seat, outlet: Outlet) -> None:
    # Asked upstream of the sink: a sink without sync says that nothing is live.
    latency = gst.Query.new_latency()
    live = sink.get_static_pad("sink").peer_query(latency) and latency.parse_latency()[0]
    if live or outlet.frames == 0:  # only a file may end
        raise CameraError(f"gstreamer: the stream ended after {outlet.frames} frames")
    seat.messages.ended(outlet.frames)


def _copier() -> CopyBuffer:
    """Copy straight into the slot: gi would make Python bytes of each picture in between.

    The hash of a boxed gi object is the address of what it boxes.
    """
    library = ctypes.CDLL("libgstreamer-1.0.so.0")
    extract = library.gst_buffer_extract
    extract.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t]
    extract.restype = ctypes.c_size_t

    def copy_buffer(buffer: Any, memory: memoryview) -> int:
        target = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        copied: int = extract(hash(buffer), 0, target, min(buffer.get_size(), len(memory)))
        return copied

    return copy_buffer

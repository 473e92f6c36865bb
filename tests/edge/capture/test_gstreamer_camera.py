from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from edge.capture.gstreamer_camera import deliver
from edge.capture.pixels import as_image
from edge.capture.system_camera import CameraError
from tests.edge.capture.seats import Listener, seated

CAMERA = {"name": "hall", "source": "gstreamer", "pipeline": "nvarguscamerasrc ! nvvidconv", "fps": None}


class FakeSample:
    """A Gst.Sample of 5x2 pixels: rows of 15 bytes, padded to 16."""

    def __init__(self, number: int, size_bytes: int = 32) -> None:
        self.bytes = bytes([number]) * size_bytes

    def get_caps(self) -> FakeSample:
        return self

    def get_structure(self, index: int) -> FakeSample:
        assert index == 0
        return self

    def get_value(self, name: str) -> int:
        return {"width": 5, "height": 2}[name]

    def get_buffer(self) -> bytes:
        return self.bytes


@dataclass
class FakePipeline:
    """Also its own sink, pad and bus."""

    samples: list[FakeSample]
    error: str | None = None
    live: bool = False
    start: str = "ASYNC"
    states: list[str] = field(default_factory=list)

    def get_by_name(self, name: str) -> FakePipeline:
        assert name == "emotion_edge"
        return self

    def set_state(self, state: str) -> str:
        self.states.append(state)
        return self.start

    def try_pull_sample(self, timeout_ns: int) -> FakeSample | None:
        assert timeout_ns <= 10**9, "a stop must be noticed"
        return self.samples.pop(0) if self.samples else None

    def get_property(self, name: str) -> bool:
        assert name == "eos"
        return not self.samples

    def get_bus(self) -> FakePipeline:
        return self

    def pop_filtered(self, kinds: str) -> Any:
        assert kinds == "ERROR"
        if self.error is None or self.samples:
            return None
        src = SimpleNamespace(get_name=lambda: "nvarguscamerasrc0")
        error = SimpleNamespace(message=self.error)
        return SimpleNamespace(src=src, parse_error=lambda: (error, "gst.c(1): x\nno cameras available"))

    def get_static_pad(self, name: str) -> FakePipeline:
        assert name == "sink"
        return self

    def peer_query(self, latency: Any) -> bool:
        return True


class FakeGst:
    State = SimpleNamespace(PLAYING="PLAYING", NULL="NULL")
    StateChangeReturn = SimpleNamespace(FAILURE="FAILURE", ASYNC="ASYNC")
    MessageType = SimpleNamespace(ERROR="ERROR")

    def __init__(self, pipeline: FakePipeline | None) -> None:
        self.pipeline = pipeline
        self.launched = ""
        live = bool(pipeline and pipeline.live)
        self.Query = SimpleNamespace(new_latency=lambda: SimpleNamespace(parse_latency=lambda: (live, 0, 0)))

    def parse_launch(self, text: str) -> FakePipeline:
        self.launched = text
        if self.pipeline is None:
            raise RuntimeError('no element "nvarguscamerasrc"')
        return self.pipeline


def copy_buffer(buffer: bytes, memory: memoryview) -> int:
    memory[: len(buffer)] = buffer
    return len(buffer)


def play(daemon: Listener, pipeline: FakePipeline | None) -> FakeGst:
    gst = FakeGst(pipeline)
    deliver(gst, daemon.seat, copy_buffer)
    return gst


def test_a_sample_reaches_the_slot_with_rows_padded_to_four_bytes() -> None:
    with seated(CAMERA) as daemon:
        pipeline = FakePipeline([FakeSample(9)])
        gst = play(daemon, pipeline)

        taken = daemon.frames.acquire()
        assert taken is not None
        image = as_image(taken[1], taken[0])
        assert image.shape == (2, 5, 3)
        assert image.strides == (16, 3, 1)
        assert image.min() == image.max() == 9
        assert [message["kind"] for message in daemon.messages.read()] == ["opened", "ended"]
    assert gst.launched.startswith(
        "nvarguscamerasrc ! nvvidconv ! videoconvert ! video/x-raw,format=BGR ! appsink "
    )
    assert pipeline.states == ["PLAYING", "NULL"]


def test_a_buffer_that_comes_short_is_counted_and_skipped() -> None:
    with seated(CAMERA) as daemon:
        play(daemon, FakePipeline([FakeSample(1, 20), FakeSample(2)]))

        taken = daemon.frames.acquire()
        assert taken is not None
        assert (taken[0].number, taken[0].dropped) == (1, 1)


def test_a_pipeline_that_cannot_be_built_says_why() -> None:
    with (
        seated(CAMERA) as daemon,
        pytest.raises(CameraError, match=r'no element "nvarguscamerasrc"; try it with gst-launch'),
    ):
        play(daemon, None)


@pytest.mark.parametrize("start", ["ASYNC", "FAILURE"])
def test_an_error_on_the_bus_names_element_and_cause(start: str) -> None:
    pipeline = FakePipeline([], error="Resource not found", start=start)
    with (
        seated(CAMERA) as daemon,
        pytest.raises(CameraError, match=r"nvarguscamerasrc0: Resource not found \(no cameras available\)"),
    ):
        play(daemon, pipeline)
    assert pipeline.states[-1] == "NULL"


def test_a_pipeline_that_does_not_start_is_an_error_even_without_a_message() -> None:
    with seated(CAMERA) as daemon, pytest.raises(CameraError, match="does not start"):
        play(daemon, FakePipeline([], start="FAILURE"))


def test_the_end_of_a_live_stream_is_an_error() -> None:
    with seated(CAMERA) as daemon, pytest.raises(CameraError, match="ended after 1 frames"):
        play(daemon, FakePipeline([FakeSample(1)], live=True))


def test_a_pipeline_without_a_single_frame_is_an_error() -> None:
    with seated(CAMERA) as daemon, pytest.raises(CameraError, match="ended after 0 frames"):
        play(daemon, FakePipeline([]))

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest

from edge.capture.pi_camera import deliver, run
from edge.capture.pixels import as_image
from edge.capture.seat import Seat
from edge.capture.system_camera import CameraError
from tests.edge.capture.seats import seated

CAMERA = {"name": "hall", "source": "picamera2", "index": 0, "size": [6, 4], "fps": None}
STRIDE = 32  # a Raspberry Pi pads rows


class FakeRequest:
    """One completed request: the camera's own buffer, and what picamera2 says of it."""

    def __init__(self, number: int) -> None:
        self.config = {"main": {"format": "RGB888", "size": (6, 4), "stride": STRIDE}}
        self.bytes = np.full(STRIDE * 4, number, np.uint8)
        self.released = 0

    def release(self) -> None:
        self.released += 1


class FakeMappedArray:
    def __init__(self, request: FakeRequest, stream: str, reshape: bool = True) -> None:
        assert stream == "main"
        assert not reshape, "a reshaped array has lost its padding and cannot be copied in one piece"
        self._request = request

    def __enter__(self) -> FakeMappedArray:
        self.array = self._request.bytes
        return self

    def __exit__(self, *_: object) -> None:
        del self.array


class FakePicamera2:
    """Delivers three requests, then has the process stop."""

    infos: ClassVar[list[dict[str, str]]] = [{"Model": "imx708"}]
    made: ClassVar[list[FakePicamera2]] = []
    busy: ClassVar[bool] = False
    seat: ClassVar[Seat]

    def __init__(self, index: int) -> None:
        if self.busy:
            raise RuntimeError("Camera __init__ sequence did not complete.")
        self.index, self.calls = index, ["open"]
        self.requests: list[FakeRequest] = []
        self.configuration: dict[str, Any] = {}
        self.made.append(self)

    @classmethod
    def global_camera_info(cls) -> list[dict[str, str]]:
        return cls.infos

    def create_video_configuration(self, main: dict[str, Any]) -> dict[str, Any]:
        return {"main": main}

    def configure(self, configuration: dict[str, Any]) -> None:
        self.configuration = configuration
        self.calls.append("configure")

    def start(self) -> None:
        self.calls.append("start")

    def capture_request(self) -> FakeRequest:
        self.requests.append(FakeRequest(len(self.requests) + 1))
        if len(self.requests) == 3:
            self.seat.stop()
        return self.requests[-1]

    def close(self) -> None:
        self.calls.append("close")


class FakeLibrary:
    Picamera2 = FakePicamera2
    MappedArray = FakeMappedArray


@pytest.fixture(autouse=True)
def _new_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakePicamera2, "made", [])


def test_requests_reach_the_slot_with_their_padding_and_go_back_to_the_camera() -> None:
    with seated(CAMERA) as daemon:
        FakePicamera2.seat = daemon.seat
        deliver(FakeLibrary, daemon.seat)

        taken = daemon.frames.acquire()
        assert taken is not None
        image = as_image(taken[1], taken[0])
        assert image.shape == (4, 6, 3)
        assert image.strides == (STRIDE, 3, 1)
        assert (image.max(), taken[0].number, taken[0].dropped) == (3, 2, 2)
        assert daemon.messages.read() == [
            {"kind": "opened", "address": "picamera2:0", "width": 6, "height": 4}
        ]
    [camera] = FakePicamera2.made
    assert [request.released for request in camera.requests] == [1, 1, 1]
    assert camera.calls == ["open", "configure", "start", "close"]


def test_bgr_in_memory_is_what_picamera2_calls_rgb888() -> None:
    with seated(CAMERA) as daemon:
        FakePicamera2.seat = daemon.seat
        deliver(FakeLibrary, daemon.seat)

    assert FakePicamera2.made[0].configuration == {"main": {"size": (6, 4), "format": "RGB888"}}


def test_a_camera_that_is_absent_says_which_are_there() -> None:
    with (
        seated({**CAMERA, "index": 2}) as daemon,
        pytest.raises(CameraError, match="picamera2:2: no such camera; present: imx708"),
    ):
        deliver(FakeLibrary, daemon.seat)


def test_a_camera_in_use_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakePicamera2, "busy", True)
    with seated(CAMERA) as daemon, pytest.raises(CameraError, match="another program may use it"):
        deliver(FakeLibrary, daemon.seat)


def test_without_picamera2_the_package_to_install_is_named() -> None:
    with seated(CAMERA) as daemon, pytest.raises(CameraError, match="sudo apt install python3-picamera2"):
        run(daemon.seat)

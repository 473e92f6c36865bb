from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from edge.capture.plain_camera import plain_camera
from edge.capture.slot_memory import SlotError
from edge.capture.worker import SlotLanding, pump
from edge.datatypes import BgrImage, Frame
from tests.cameras import parse_camera
from tests.edge.capture.seats import seated


class CannedSource:
    """Delivers given images, decoded in place or not."""

    def __init__(self, images: list[BgrImage], landing: SlotLanding, *, in_place: bool) -> None:
        self.images, self.landing, self.in_place = images, landing, in_place
        self.index = -1

    def read(self) -> Frame | None:
        self.index += 1
        if self.index == len(self.images):
            return None
        image = self.images[self.index]
        if self.in_place:
            canvas = self.landing.canvas(*image.shape[:2])
            np.copyto(canvas, image)
            image = canvas
        return Frame("hall", image, self.index, 1.5, 1.7e9, True, dropped=2)

    def close(self) -> None:
        pass


def picture(value: int, height: int = 6, width: int = 10) -> BgrImage:
    return np.full((height, width, 3), value, np.uint8)


@pytest.mark.parametrize("in_place", [True, False])
def test_a_frame_reaches_the_slot_whether_or_not_it_was_decoded_in_place(in_place: bool) -> None:
    with seated({}) as daemon:
        landing = SlotLanding(daemon.seat)
        pump(CannedSource([picture(7)], landing, in_place=in_place), landing, daemon.seat, "film.mp4")

        taken = daemon.frames.acquire()
        assert taken is not None
        header, pixels = taken
        assert (header.width, header.height, header.stride_bytes, header.number) == (10, 6, 30, 0)
        assert (header.monotonic_ns, header.utc_ns, header.dropped) == (
            1_500_000_000,
            1_700_000_000 * 10**9,
            2,
        )
        assert set(pixels) == {7}
        assert daemon.messages.read() == [
            {"kind": "opened", "address": "film.mp4", "width": 10, "height": 6},
            {"kind": "ended", "frames": 1},
        ]


def test_a_frame_that_was_cropped_or_converted_is_copied_whole() -> None:
    with seated({}) as daemon:
        landing = SlotLanding(daemon.seat)
        landing.canvas(20, 20)
        wide = np.arange(6 * 20 * 3, dtype=np.uint8).reshape(6, 20, 3)
        cut = wide[:, 5:15]

        landing.publish(Frame("hall", cut, 0, 0.0, 0.0))

        taken = daemon.frames.acquire()
        assert taken is not None
        assert bytes(taken[1]) == cut.tobytes()


def test_a_picture_larger_than_the_slot_is_an_error_and_not_a_crash() -> None:
    with seated({}, capacity_bytes=4096) as daemon:
        landing = SlotLanding(daemon.seat)
        source = CannedSource([picture(1, 100, 100)], landing, in_place=True)

        with pytest.raises(SlotError, match="100x100"):
            pump(source, landing, daemon.seat, "x")


def test_stopping_ends_the_pump_after_the_frame() -> None:
    with seated({}) as daemon:
        landing = SlotLanding(daemon.seat)
        source = CannedSource([picture(1)] * 5, landing, in_place=True)
        daemon.seat.stop()

        pump(source, landing, daemon.seat, "x")

        assert source.index == -1


def test_stopping_ends_a_wait_for_the_reader() -> None:
    with seated({}, lossless=True) as daemon:
        landing = SlotLanding(daemon.seat)
        for value in range(3):
            landing.publish(Frame("hall", picture(value), value, 0.0, 0.0))
        daemon.seat.stop()

        with pytest.raises(SystemExit):
            landing.canvas(6, 10)


def test_a_capture_process_has_no_room_for_what_only_the_daemon_needs() -> None:
    probe = (
        "import sys, edge.capture.worker;"
        "print([m for m in ('pydantic', 'paho', 'yaml', 'sqlite3', 'ssl') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "fields",
    [
        {"source": "v4l2", "device": 2, "size": [640, 480], "fourcc": "MJPG"},
        {"source": "rtsp", "url": "rtsp://u:secret@cam/1", "fps": 5},
        {"source": "file", "path": "/films/a.mp4", "roi": [0, 0, 9, 9]},
        {"source": "images", "path": "/pictures", "pace": "fastest"},
    ],
)
def test_the_process_sees_the_camera_that_the_daemon_has_checked(fields: dict[str, object]) -> None:
    checked = parse_camera({"name": "hall", **fields})
    sent = json.loads(json.dumps(checked.model_dump(mode="json") | {"address": checked.address}))
    plain = plain_camera(sent)
    for name in (*type(checked).model_fields, "address"):
        seen, meant = getattr(plain, name), getattr(checked, name)
        assert (tuple(seen) if isinstance(meant, tuple) else seen) == meant

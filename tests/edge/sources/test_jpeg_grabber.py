from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge.sources.jpeg_grabber import JpegGrabber, grabber_for
from edge.sources.landing import Heap
from edge.sources.opencv_capture import Grabber
from tests.builders import image
from tests.edge.sources.fake_capture import FakeCapture

MJPEG, H264 = (float(cv2.VideoWriter.fourcc(*name)) for name in ("MJPG", "h264"))


def packet() -> np.ndarray:
    return cv2.imencode(".jpg", image(64, 48, 90))[1].reshape(1, -1)


def capture(fourcc: float, *packets: np.ndarray | None) -> FakeCapture:
    fake = FakeCapture(list(packets))
    fake.properties[cv2.CAP_PROP_FOURCC] = fourcc
    return fake


def test_a_packet_becomes_its_picture() -> None:
    grabber = grabber_for(capture(MJPEG, packet()), Heap(), fps=5.0)
    assert grabber.grab()
    picture = grabber.retrieve()
    assert picture is not None
    assert picture.shape == (48, 64, 3)
    assert picture.dtype == np.uint8
    assert picture.mean() == pytest.approx(90, abs=1)


@pytest.mark.parametrize("damaged", [None, np.zeros((1, 0), np.uint8), np.full((1, 40), 7, np.uint8)])
def test_a_damaged_packet_is_no_picture(damaged: np.ndarray | None) -> None:
    grabber = grabber_for(capture(MJPEG, damaged), Heap(), fps=5.0)
    assert grabber.grab()
    assert grabber.retrieve() is None


def test_packets_are_taken_only_where_frames_are_thinned_out_and_stand_alone() -> None:
    thinned = capture(MJPEG)
    assert isinstance(grabber_for(thinned, Heap(), fps=5.0), JpegGrabber)
    assert thinned.settings == [(cv2.CAP_PROP_FORMAT, -1)]
    for other, fps in ((capture(MJPEG), None), (capture(H264), 5.0)):
        assert type(grabber_for(other, Heap(), fps)) is Grabber
        assert other.settings == []

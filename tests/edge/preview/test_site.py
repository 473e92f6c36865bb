from __future__ import annotations

import http.client
import logging
import re
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlencode

import numpy as np
import pytest

from edge.datatypes import Box
from edge.health.board import HealthBoard
from edge.health.http_server import HealthServer
from edge.pipeline import Analysis
from edge.preview.settings import PreviewSettings
from edge.preview.site import PreviewSite
from edge.preview.viewing import Viewing
from tests.builders import frame, observation
from tests.edge.contract.health_builder import a_camera, a_record
from tests.edge.preview.decoding import decoded

TOKEN = "correct-horse-battery"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


class Camera(threading.Thread):
    """Shows frames of the camera "door" as fast as the preview takes them, as a main loop would."""

    def __init__(self, viewing: Viewing) -> None:
        super().__init__(daemon=True)
        self.viewing, self.over = viewing, threading.Event()
        self.slowest_s = 0.0

    def run(self) -> None:
        seen = Analysis([observation()], [], [Box(0, 0, 40, 40)])
        picture = np.random.default_rng(1).integers(0, 256, (480, 640, 3)).astype(np.uint8)
        while not self.over.wait(0.01):
            began_s = time.thread_time()
            self.viewing.show(frame(picture=picture), seen)
            self.slowest_s = max(self.slowest_s, time.thread_time() - began_s)


class Device:
    """A server with a preview of two cameras, and a client."""

    def __init__(self) -> None:
        settings = PreviewSettings.model_validate(
            {"enabled": True, "token": TOKEN, "max_fps": 15.0, "max_viewers": 2}
        )
        self.board = HealthBoard()
        self.board.post(a_record(cameras={"door": a_camera(), "yard": a_camera("stalled")}), sound=True)
        self.viewing = Viewing(settings)
        self.camera = Camera(self.viewing)
        site = PreviewSite(settings, self.viewing, self.board)
        self.server = HealthServer(("127.0.0.1", 0), self.board, None, site)
        self.camera.start()

    def ask(
        self, path: str, headers: dict[str, str] | None = None, *, form: dict[str, str] | None = None
    ) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        try:
            connection.request(
                "GET" if form is None else "POST",
                path,
                None if form is None else urlencode(form),
                headers or {},
            )
            answer = connection.getresponse()
            return answer, answer.read()
        finally:
            connection.close()

    def stream(self, camera: str) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.server.port), timeout=10)
        connection.sendall(
            f"GET /preview/{camera}.mjpeg HTTP/1.1\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()
        )
        return connection


@pytest.fixture
def device() -> Iterator[Device]:
    made = Device()
    yield made
    made.camera.over.set()
    made.camera.join()
    made.server.close()


def pictures(connection: socket.socket, count: int) -> list[bytes]:
    received = b""
    while received.count(b"\xff\xd9\r\n--") < count:
        received += connection.recv(65_536)
    return re.findall(rb"\r\n\r\n(\xff\xd8.*?\xff\xd9)\r\n", received, re.DOTALL)


def test_without_the_token_there_is_a_login_and_no_picture(device: Device) -> None:
    answer, page = device.ask("/preview")
    assert (answer.status, b'type="password"' in page) == (401, True)
    assert b"door" not in page
    assert b"<title>Preview</title>" in page
    for headers in ({}, {"Authorization": "Bearer wrong-wrong-wrong"}, {"Cookie": "preview=1"}):
        answer, body = device.ask("/preview/door.jpg", headers)
        assert (answer.status, b"\xff\xd8" in body) == (401, False)
    assert device.ask(f"/preview/door.jpg?token={TOKEN}")[0].status == 401  # addresses end up in logs


def test_a_still_is_a_jpeg_of_the_camera(device: Device) -> None:
    answer, body = device.ask("/preview/door.jpg", BEARER)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/jpeg")
    assert answer.headers["Cache-Control"] == "no-store"
    assert decoded(body).shape == (480, 640, 3)


def test_the_form_gives_a_cookie_that_is_not_the_token_and_lets_the_browser_in(device: Device) -> None:
    answer, page = device.ask("/preview", form={"token": "wrong"})
    assert (answer.status, b"not the token" in page) == (401, True)
    answer, _ = device.ask("/preview", form={"token": TOKEN})
    cookie = answer.headers["Set-Cookie"]
    assert (answer.status, answer.headers["Location"]) == (303, "/preview")
    assert "HttpOnly; SameSite=Strict" in cookie
    assert TOKEN not in cookie
    browser = {"Cookie": cookie.partition(";")[0]}
    answer, page = device.ask("/preview?camera=yard", browser)
    assert answer.status == 200
    text = page.decode()
    assert "/preview/yard.mjpeg" in text
    assert '<a href="/preview?camera=yard" aria-current=page>yard <small>stalled</small></a>' in text
    assert "are pixelated" in text
    assert device.ask("/preview/door.jpg", browser)[0].status == 200


def test_the_page_loads_nothing_from_elsewhere(device: Device) -> None:
    answer, page = device.ask("/preview", BEARER)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert not re.search(rb"https?://", page)
    (nonce,) = set(re.findall(rb'nonce="([^"]+)"', page))
    assert nonce.decode() in answer.headers["Content-Security-Policy"]


def test_a_stream_goes_on_and_the_viewer_s_place_is_free_when_it_leaves(device: Device) -> None:
    for _ in range(4):  # more than may look at once
        with device.stream("door") as connection:
            first, second = pictures(connection, 2)[:2]
            assert first[:2] == second[:2] == b"\xff\xd8"
        until_s = time.monotonic() + 10
        while device.viewing._channels:
            assert time.monotonic() < until_s
            time.sleep(0.01)


def test_one_viewer_too_many_is_told_so(device: Device) -> None:
    with device.stream("door") as one, device.stream("yard") as other:
        pictures(one, 1)
        other.recv(100)
        answer, body = device.ask("/preview/door.jpg", BEARER)
        assert (answer.status, b"too many viewers" in body) == (503, True)


def test_a_viewer_that_takes_nothing_holds_up_neither_the_camera_nor_others(device: Device) -> None:
    with device.stream("door") as stuck, device.stream("door") as lively:
        pictures(lively, 20)
        # A copy and its pixelation: the camera's thread neither compresses nor waits.
        assert device.camera.slowest_s < 0.05
        stuck.close()


def test_a_silent_camera_s_stream_says_why_instead_of_freezing(device: Device) -> None:
    with device.stream("yard") as connection:
        grey = pictures(connection, 1)[0]
    assert abs(int(decoded(grey)[10, 10].mean()) - 60) < 4
    assert decoded(grey).max() > 200  # the caption


def test_unknown_cameras_pages_and_posts_are_refused(device: Device) -> None:
    assert device.ask("/preview?camera=attic", BEARER)[0].status == 404
    assert device.ask("/preview/attic.jpg", BEARER)[0].status == 404
    assert device.ask("/preview/../livez", BEARER)[0].status == 404
    assert device.ask("/livez", form={"token": TOKEN})[0].status == 400
    assert device.ask("/preview", form={"token": "x" * 5000})[0].status == 400


def test_the_token_is_in_no_log(device: Device, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        device.ask("/preview", form={"token": TOKEN})
        device.ask("/preview", form={"token": "a-wrong-one-of-somebody"})
        device.ask("/preview/door.jpg", BEARER)
    assert "wrong token from=127.0.0.1" in caplog.text
    assert TOKEN not in caplog.text
    assert "a-wrong-one" not in caplog.text


def test_closing_the_server_ends_every_stream() -> None:
    device = Device()
    with device.stream("door") as connection:
        pictures(connection, 1)
        device.server.close()
        while connection.recv(65_536):  # until the other end hangs up
            pass
    device.camera.over.set()


def test_without_a_preview_there_is_none() -> None:
    board = HealthBoard()
    server = HealthServer(("127.0.0.1", 0), board, None)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request("GET", "/preview", headers=BEARER)
    assert connection.getresponse().status == 404
    connection.close()
    connection.request("POST", "/preview", urlencode({"token": TOKEN}))
    assert connection.getresponse().status == 501
    connection.close()
    server.close()

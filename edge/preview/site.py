"""Answers requests below ``/preview``: the page, stills and streams, to those who know the token."""

from __future__ import annotations

import logging
import secrets
import socket
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

import numpy as np

from edge.health.board import HealthBoard
from edge.outage import Outage
from edge.preview.access import Access
from edge.preview.page import POLICY, live_page, login_page
from edge.preview.picture import Picture
from edge.preview.settings import PreviewSettings
from edge.preview.viewing import TooManyViewersError, Viewing

log = logging.getLogger(__name__)

ROOT = "/preview"
_LARGEST_FORM_BYTES = 1024
_STILL_WAIT_S = 5.0
#: A stream without a new picture for so long shows why: a frozen one looks as if it were live.
_SILENT_S = 2.0
#: What the network may hold of a stream: whoever is slow shall see few pictures, not old ones.
_SEND_BUFFER_BYTES = 128 * 1024
_BOUNDARY = "next-picture"


class PreviewSite:
    """Called in the threads of the device's HTTP server."""

    def __init__(self, settings: PreviewSettings, viewing: Viewing, board: HealthBoard) -> None:
        """Read the token.

        Raises:
            ConfigError: Its file cannot be used.
        """
        self._settings, self._viewing, self._board = settings, viewing, board
        self._access = Access(settings.secret())
        self.max_viewers = settings.max_viewers
        self._strangers = Outage(log)

    def get(self, request: BaseHTTPRequestHandler) -> None:
        """Answer GET."""
        url = urlsplit(request.path)
        admitted = self._access.admits(request.headers["Authorization"], request.headers["Cookie"])
        if url.path == ROOT:
            self._page(request, url.query) if admitted else self._login(request, "")
        elif not admitted:
            _text(request, 401, "log in at /preview, or send the token: Authorization: Bearer ...")
        else:
            self._picture(request, url.path.removeprefix(f"{ROOT}/"))

    def post(self, request: BaseHTTPRequestHandler) -> None:
        """Answer the login form."""
        size = request.headers["Content-Length"] or ""
        if urlsplit(request.path).path != ROOT or not size.isdecimal() or int(size) > _LARGEST_FORM_BYTES:
            _text(request, 400, "the token is posted to /preview as a form")
            return
        form = parse_qs(request.rfile.read(int(size)).decode("latin-1"))
        if not self._access.knows(form.get("token", [""])[0]):
            self._strangers.failed(f"preview: wrong token from={request.client_address[0]}")
            self._login(request, "That is not the token.")
            return
        self._strangers.recovered("preview: the right token was given")
        request.send_response(303)
        request.send_header("Location", ROOT)
        request.send_header("Set-Cookie", self._access.cookie())
        request.send_header("Content-Length", "0")
        request.end_headers()

    def close(self) -> None:
        """End every stream."""
        self._viewing.close()

    @property
    def _cameras(self) -> dict[str, str]:
        """Names to states."""
        record = self._board.record
        return {} if record is None else {name: camera.state for name, camera in record.cameras.items()}

    @property
    def _place(self) -> str:
        record = self._board.record
        return "" if record is None else f"{record.site} / {record.device}"

    def _page(self, request: BaseHTTPRequestHandler, query: str) -> None:
        cameras = self._cameras
        camera = parse_qs(query).get("camera", [next(iter(cameras), "")])[0]
        if camera not in cameras:
            _text(request, 404, f"there is no such camera; there are: {', '.join(cameras) or 'none yet'}")
            return
        nonce = secrets.token_urlsafe(16)
        pixelated = self._settings.pixelate
        _html(request, 200, live_page(self._place, cameras, camera, nonce, pixelated=pixelated), nonce)

    def _login(self, request: BaseHTTPRequestHandler, complaint: str) -> None:
        nonce = secrets.token_urlsafe(16)
        _html(request, 401, login_page(complaint, nonce), nonce)

    def _picture(self, request: BaseHTTPRequestHandler, name: str) -> None:
        camera, _, kind = name.rpartition(".")
        if camera not in self._cameras or kind not in ("jpg", "mjpeg"):
            _text(request, 404, "there are: /preview, /preview/CAMERA.jpg, /preview/CAMERA.mjpeg")
            return
        try:
            self._still(request, camera) if kind == "jpg" else self._stream(request, camera)
        except TooManyViewersError:
            _text(request, 503, "too many viewers; try later, or raise http.preview.max_viewers")
        except OSError as err:  # the viewer has gone, or takes nothing any more
            log.debug("preview: a viewer is gone camera=%s reason='%s'", camera, err)

    def _still(self, request: BaseHTTPRequestHandler, camera: str) -> None:
        with self._viewing.watching(camera) as channel:
            found = channel.wait(0, _STILL_WAIT_S)
        if found is None:
            _text(request, 503, f"no picture: the camera is {self._cameras.get(camera, 'gone')}")
        else:
            _answer(request, 200, "image/jpeg", found.picture.jpeg())

    def _stream(self, request: BaseHTTPRequestHandler, camera: str) -> None:
        with self._viewing.watching(camera) as channel:
            request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
            request.send_response(200)
            request.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={_BOUNDARY}")
            _private(request)
            request.end_headers()
            number = 0
            while not self._viewing.closed and camera in self._cameras:
                found = channel.wait(number, _SILENT_S)
                number = number if found is None else found.number
                jpeg = (self._silence(camera) if found is None else found.picture).jpeg()
                head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                request.wfile.write(head.encode() + jpeg + b"\r\n")

    def _silence(self, camera: str) -> Picture:
        """What is shown while no picture comes."""
        side_px = self._settings.max_side_px
        grey = np.full((side_px * 3 // 4, side_px, 3), 60, dtype=np.uint8)
        return Picture(grey, note=f"{camera}  no picture: {self._cameras.get(camera, 'gone')}")


def _text(request: BaseHTTPRequestHandler, status: int, text: str) -> None:
    _answer(request, status, "text/plain; charset=utf-8", f"{text}\n".encode())


def _html(request: BaseHTTPRequestHandler, status: int, page: str, nonce: str) -> None:
    policy = POLICY.format(nonce=nonce)
    _answer(request, status, "text/html; charset=utf-8", page.encode(), ("Content-Security-Policy", policy))


def _answer(
    request: BaseHTTPRequestHandler, status: int, kind: str, body: bytes, *headers: tuple[str, str]
) -> None:
    request.send_response(status)
    request.send_header("Content-Type", kind)
    request.send_header("Content-Length", str(len(body)))
    _private(request)
    for name, value in headers:
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)


def _private(request: BaseHTTPRequestHandler) -> None:
    """Pictures and pages stay with the viewer."""
    for name, value in (
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    ):
        request.send_header(name, value)

"""Nobody holds the device's port by being slow, nor its threads by being many."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from edge.health import bounded_http
from edge.health.bounded_http import BoundedHandler, BoundedServer

MOST = 3


class _Echo(BoundedHandler):
    def do_GET(self) -> None:  # noqa: N802 - the library's name
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")


@pytest.fixture
def server() -> Iterator[BoundedServer]:
    made = BoundedServer(("127.0.0.1", 0), _Echo, MOST)
    threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def connected(server: BoundedServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.server_port), timeout=5)


def test_a_request_is_answered(server: BoundedServer) -> None:
    with connected(server) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert client.makefile("rb").read().endswith(b"\r\n\r\nok")


def test_a_request_that_drips_is_cut_off(server: BoundedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_http, "PATIENCE_S", 0.3)
    began_s = time.monotonic()
    with connected(server) as client, contextlib.suppress(OSError):  # a reset, or a broken pipe
        while time.monotonic() - began_s < 30:
            client.sendall(b"G")
            time.sleep(0.02)
    assert time.monotonic() - began_s < 20


def test_more_than_it_takes_are_closed_unheard_and_places_come_back(server: BoundedServer) -> None:
    holding = [connected(server) for _ in range(MOST)]
    for one in holding:
        one.sendall(b"GET / HT")
    with connected(server) as beyond:  # they are accepted in order
        assert beyond.recv(10) == b"", "closed at once"
    for one in holding:
        one.sendall(b"TP/1.0\r\n\r\n")
        assert one.makefile("rb").read().endswith(b"ok")
        one.close()
    until_s = time.monotonic() + 20
    while server._places._value < MOST:
        assert time.monotonic() < until_s, "a place has not come back"
        time.sleep(0.01)

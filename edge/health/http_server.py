"""``/livez``, ``/readyz``, ``/metrics``, ``/preview`` on the device's own port, from threads of its own."""

from __future__ import annotations

import errno
import json
import logging
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Protocol

from edge.errors import ConfigError
from edge.health.board import HealthBoard
from edge.health.bounded_http import BoundedHandler, BoundedServer
from edge.outage import Outage

log = logging.getLogger(__name__)

#: Requests that are answered at once, beside viewers of the preview.
_MAX_REQUESTS = 16
_TRIED_EVERY_S = 5.0
#: An address that the network has yet to bring, as after a power cut that the router needs longer to get
#: over, or that another process has yet to leave.
_PASSING = frozenset({errno.EADDRNOTAVAIL, errno.EADDRINUSE})

Answer = tuple[int, str, bytes]


class Site(Protocol):
    """What answers below ``/preview``: :class:`edge.preview.site.PreviewSite`."""

    #: Who may look at once.
    max_viewers: int

    def get(self, request: BaseHTTPRequestHandler) -> None: ...
    def post(self, request: BaseHTTPRequestHandler) -> None: ...
    def close(self) -> None: ...


class HealthServer:
    """Says what is in the health record and the metrics; pictures only where there is a preview."""

    def __init__(
        self,
        address: tuple[str, int],
        board: HealthBoard,
        metrics: Callable[[], bytes] | None,
        preview: Site | None = None,
    ) -> None:
        """Listen, or go on trying to: cameras do not wait for whoever asks how they are.

        Raises:
            ConfigError: The address cannot be used at any time.
        """
        self._address, self._board, self._metrics, self._preview = address, board, metrics, preview
        self._server: BoundedServer | None = None
        self._closed, self._unheard, self._lock = threading.Event(), Outage(log), threading.Lock()
        self._listen()
        self._thread = threading.Thread(target=self._serve, name="health-http", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens; 0 while it cannot."""
        return 0 if self._server is None else int(self._server.server_address[1])

    @property
    def trouble(self) -> str | None:
        """Why nobody can ask; None where it listens."""
        return self._unheard.message

    def close(self) -> None:
        """Stop listening."""
        if self._preview is not None:
            self._preview.close()
        with self._lock:
            self._closed.set()
            server = self._server
        if server is not None:
            server.shutdown()  # waits until it serves, if it does not yet
            server.server_close()
        self._thread.join(2)

    def _listen(self) -> None:
        host, port = self._address
        try:
            viewers = self._preview.max_viewers if self._preview is not None else 0
            handler = _handler(self._answer, self._preview)
            server = BoundedServer(self._address, handler, _MAX_REQUESTS + viewers)
        except OSError as err:
            said = f"http.bind: {host}:{port}: cannot be listened to: {err.strerror or err}"
            if not isinstance(err, socket.gaierror) and err.errno not in _PASSING:
                raise ConfigError(said) from err
            self._unheard.failed(said)
            return
        with self._lock:
            if self._closed.is_set():
                server.server_close()
                return
            self._server = server
        self._unheard.recovered(f"http.bind: {host}:{port}: can be listened to")
        log.info("health is served address=%s:%d", host, self.port)

    def _serve(self) -> None:
        while self._server is None:
            if self._closed.wait(_TRIED_EVERY_S):
                return
            try:
                self._listen()
            except ConfigError as err:  # it was another error at the start
                self._unheard.failed(str(err))
        self._server.serve_forever()

    def _answer(self, path: str) -> Answer:
        if path == "/livez":
            return (200, "text/plain", b"alive\n") if self._board.alive else (503, "text/plain", b"stuck\n")
        if path == "/readyz":
            record, alive = self._board.record, self._board.alive
            reasons = list(record.reasons) if record is not None else ["starting"]
            reasons += [] if alive else ["the main loop is stuck"]
            ready = record is not None and record.ready and alive
            body = {"ready": ready, "reasons": reasons}
            return 200 if ready else 503, "application/json", json.dumps(body).encode() + b"\n"
        if path == "/metrics" and self._metrics is not None:
            return 200, "text/plain; version=0.0.4; charset=utf-8", self._metrics()
        return 404, "text/plain", b"there are: /livez /readyz /metrics\n"


def _handler(answer: Callable[[str], Answer], preview: Site | None) -> type[BoundedHandler]:
    class Handler(BoundedHandler):
        def do_GET(self) -> None:  # noqa: N802 - the library's name
            if preview is not None and self.path.startswith("/preview"):
                preview.get(self)
                return
            status, kind, body = answer(self.path.partition("?")[0])
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:  # noqa: N802
            if preview is not None:
                preview.post(self)
            else:
                self.send_error(501)  # as for every method that there is not

    return Handler

"""``/livez``, ``/readyz``, ``/metrics``, ``/preview`` on the device's own port, from threads of its own."""

from __future__ import annotations

import json
import logging
import socket
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol

from edge.errors import ConfigError
from edge.health.board import HealthBoard

log = logging.getLogger(__name__)

#: A client that says nothing holds a thread no longer than this.
_PATIENCE_S = 5.0

Answer = tuple[int, str, bytes]


class Site(Protocol):
    """What answers below ``/preview``: :class:`edge.preview.site.PreviewSite`."""

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
        """Listen.

        Raises:
            ConfigError: The address cannot be used.
        """
        self._board, self._metrics, self._preview = board, metrics, preview
        try:
            self._server = _server(address, self._answer, preview)
        except OSError as err:
            host, port = address
            raise ConfigError(
                f"http.bind: {host}:{port}: cannot be listened to: {err.strerror or err}"
            ) from err
        self._thread = threading.Thread(target=self._server.serve_forever, name="health-http", daemon=True)
        self._thread.start()
        log.info("health is served address=%s:%d", *self._server.server_address[:2])

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Stop listening."""
        if self._preview is not None:
            self._preview.close()
        self._server.shutdown()
        self._thread.join(2)
        self._server.server_close()

    def _answer(self, path: str) -> Answer:
        if path == "/livez":
            return (200, "text/plain", b"alive\n") if self._board.alive else (503, "text/plain", b"stuck\n")
        if path == "/readyz":
            record = self._board.record
            ready = record is not None and record.ready and self._board.alive
            reasons = record.reasons if record is not None else ["starting"]
            body = {"ready": ready, "reasons": reasons}
            return 200 if ready else 503, "application/json", json.dumps(body).encode() + b"\n"
        if path == "/metrics" and self._metrics is not None:
            return 200, "text/plain; version=0.0.4; charset=utf-8", self._metrics()
        return 404, "text/plain", b"there are: /livez /readyz /metrics\n"


def _server(
    address: tuple[str, int], answer: Callable[[str], Answer], preview: Site | None
) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        timeout = _PATIENCE_S

        def do_GET(self) -> None:
            if preview is not None and self.path.startswith("/preview"):
                preview.get(self)
                return
            status, kind, body = answer(self.path.partition("?")[0])
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            if preview is not None:
                preview.post(self)
            else:
                self.send_error(501)  # as for every method that there is not

        def version_string(self) -> str:
            return "emotion-edge"

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the library's name
            log.debug("http %s", format % arguments)

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002
            # Mostly a client that has left before its answer: no reason for a traceback in the journal.
            log.debug("http request failed client=%s reason='%s'", client_address, sys.exc_info()[1])

    return Server(address, Handler)

"""An HTTP server of a few threads, which nobody can hold by being slow."""

from __future__ import annotations

import io
import logging
import socket
import socketserver
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

log = logging.getLogger(__name__)

#: A whole request has arrived within this, however slowly its bytes drip; and a peer that takes nothing of
#: an answer for so long is given up.
PATIENCE_S = 5.0


class BoundedHandler(BaseHTTPRequestHandler):
    """Reads one request, and no longer than :data:`PATIENCE_S`."""

    timeout = PATIENCE_S

    def setup(self) -> None:
        super().setup()
        self.rfile = io.BufferedReader(_UntilDeadline(self.connection, time.monotonic() + PATIENCE_S))

    def version_string(self) -> str:
        return "emotion-edge"

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the library's name
        log.debug("http %s", format % arguments)


class BoundedServer(ThreadingHTTPServer):
    """Answers at most ``max_requests`` requests at once; connections beyond that are closed unheard."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: type[BoundedHandler], max_requests: int) -> None:
        """Listen.

        Raises:
            OSError: The address cannot be used.
        """
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._places = threading.BoundedSemaphore(max_requests)
        super().__init__(address, handler)

    def server_bind(self) -> None:
        # HTTPServer's own asks the DNS for this machine's name, which may keep the start for a minute.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._places.acquire(blocking=False):
            log.debug("http request refused client=%s reason='too many at once'", client_address)
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:  # no thread could be had
            self._places.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002
        # Mostly a client that has left before its answer: no reason for a traceback in the journal.
        log.debug("http request failed client=%s reason='%s'", client_address, sys.exc_info()[1])


class _UntilDeadline(io.RawIOBase):
    """What a peer sends, until a moment of the monotonic clock."""

    def __init__(self, connection: socket.socket, until_s: float) -> None:
        self._connection, self._until_s = connection, until_s

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left_s = self._until_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the request did not arrive in time")
        self._connection.settimeout(left_s)
        try:
            return self._connection.recv_into(buffer)
        finally:
            self._connection.settimeout(PATIENCE_S)

"""``python -m tests.bench.film_server FILM FPS``: a network camera, MJPEG over HTTP, the film in a loop.

Pictures are coded once, before the first is sent, so that serving costs next to nothing. Says its port.
"""

from __future__ import annotations

import itertools
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2


def main() -> None:
    """Serve until killed."""
    parts, interval_s = _parts(sys.argv[1]), 1 / float(sys.argv[2])

    class Camera(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            due_s = time.monotonic()
            for part in itertools.cycle(parts):
                try:
                    self.wfile.write(part)
                except OSError:
                    return
                due_s += interval_s
                time.sleep(max(0.0, due_s - time.monotonic()))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Silence."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Camera) as server:
        server.daemon_threads = True
        print(server.server_port, flush=True)
        server.serve_forever()


def _parts(film: str) -> list[bytes]:
    capture = cv2.VideoCapture(film)
    parts: list[bytes] = []
    while True:
        there, frame = capture.read()
        if not there:
            return parts
        jpeg = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
        parts.append(head.encode() + jpeg + b"\r\n")


if __name__ == "__main__":
    main()

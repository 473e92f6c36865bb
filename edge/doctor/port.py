"""The device's own HTTP port: free, or in the hands of the running daemon."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from collections.abc import Iterator

from edge.doctor.finding import Finding, fail, failed, ok, warn
from edge.errors import ConfigError
from edge.health.settings import HttpSettings


def examine_port(http: HttpSettings) -> Iterator[Finding]:
    """Whether it can be listened to, and whether pictures can be looked at."""
    if http.address is None:
        yield ok("http port", "none is opened (http.bind)")
        return
    yield _port(http.address)
    if http.preview.enabled:
        yield _preview(http)


def _port(address: tuple[str, int]) -> Finding:
    host, port = address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the daemon's server does
        try:
            probe.bind(address)
        except OSError as err:
            if _daemon_answers(host, port):
                return ok("http port", f"{host}:{port}, the daemon answers")
            return fail(
                "http port", f"{host}:{port}: {err.strerror}", "stop what uses it, or change http.bind"
            )
    return ok("http port", f"{host}:{port} is free")


def _daemon_answers(host: str, port: int) -> bool:
    place = f"[{host}]" if ":" in host else host
    try:
        with urllib.request.urlopen(f"http://{place}:{port}/livez", timeout=2) as answer:
            return bool(answer.read(16) == b"alive\n")
    except (OSError, ValueError, urllib.error.URLError):
        return False


def _preview(http: HttpSettings) -> Finding:
    try:
        http.preview.secret()
    except ConfigError as err:
        return failed("preview", err)
    if not (http.local and http.preview.pixelate):
        plain = "" if http.preview.pixelate else ", faces not pixelated"
        reach = "for this machine" if http.local else "for others beyond this machine"
        return warn(
            "preview", f"on, {reach}{plain}", "switch it off once the cameras are placed (http.preview)"
        )
    return ok("preview", "on, for this machine, faces pixelated")

"""Tells systemd that the daemon is ready, alive and what it does (sd_notify); silent elsewhere.

Source: sd_notify(3), sd_watchdog_enabled(3). A few lines over a datagram socket; the packages on
PyPI have no wheel or bind to libsystemd.
"""

from __future__ import annotations

import os
import socket
import time


class Systemd:
    """The notification socket and the watchdog's period, from the environment that systemd sets."""

    def __init__(self, environment: dict[str, str] | None = None, *, watchdog: bool = True) -> None:
        found = dict(os.environ) if environment is None else environment
        self._address = found.get("NOTIFY_SOCKET", "")
        meant_for = found.get("WATCHDOG_PID", str(os.getpid()))
        period_us = found.get("WATCHDOG_USEC", "0") if watchdog and meant_for == str(os.getpid()) else "0"
        #: Half of what the unit allows: one late turn of the loop is no failure. 0: no watchdog.
        self.ping_every_s = int(period_us) / 2e6 if period_us.isdigit() else 0.0

    def ready(self, status: str) -> None:
        """Start-up is over."""
        self._send(f"READY=1\nSTATUS={status}")

    def status(self, text: str) -> None:
        """One line for ``systemctl status``."""
        self._send(f"STATUS={text}")

    def alive(self) -> None:
        """The main loop turns."""
        self._send("WATCHDOG=1")

    def reloading(self) -> None:
        """SIGHUP was heard; :meth:`ready` says when it is over."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """SIGTERM was heard."""
        self._send("STOPPING=1")

    def _send(self, text: str) -> None:
        if not self._address:
            return
        # A leading @ stands for an abstract socket.
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                out.sendto(text.encode(), address)
        except OSError:  # systemd is gone or restarting; there is nobody to tell
            pass

"""The dashboard beside the demo's terminal view, where its extra is installed."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from edge.dashboard.extra import installed
from edge.demo.broker import HOST
from edge.demo.child import child

_USUAL_PORT = 8080


@contextlib.contextmanager
def beside(broker_port: int, folder: Path, console: Console, *, wanted: bool) -> Iterator[None]:
    """Serve the page of the demo's broker and say where; its history goes with the demo."""
    if not wanted:
        yield
    elif not installed():
        console.print("dashboard: not installed; pip install 'emotion-edge[dashboard]'")
        yield
    else:
        listen = f"{HOST}:{_free_port()}"
        # amqtt is silent when asked for MQTT 5.
        options = [
            "--broker",
            HOST,
            "--port",
            str(broker_port),
            "--mqtt-version",
            "3.1.1",
            "--listen",
            listen,
        ]
        console.print(f"dashboard: http://{listen}  (ready in a few seconds)")
        with child(
            "dashboard", *options, "--store", str(folder / "dashboard.sqlite3"), log=folder / "dashboard.log"
        ):
            yield


def _free_port() -> int:
    """8080 if nobody has it, else any."""
    for port in (_USUAL_PORT, 0):
        with contextlib.suppress(OSError), socket.create_server((HOST, port)) as probe:
            return int(probe.getsockname()[1])
    return _USUAL_PORT

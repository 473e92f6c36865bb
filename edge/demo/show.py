"""The demo: a broker in this process, cameras, the real daemon as its own process, a terminal view."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from edge.contract.command_line import EX_CONFIG
from edge.demo.broker import HOST, DemoBroker
from edge.demo.child import child
from edge.demo.dashboard import beside
from edge.demo.scenes import SCENES, film
from edge.errors import ConfigError, EmotionEdgeError, SourceError
from edge.mqtt.settings import MqttSettings
from edge.native_path import native_path
from edge.redaction import redacted
from edge.sources.opening import recording_kind
from edge.watch.terminal import watch

DEVICE = "this-computer"
_WINDOW_S = 4.0
_FPS = 5


def run_demo(seconds: float, source: str | None, detector: str, *, dashboard: bool) -> None:
    """Show events for so many seconds, or until Ctrl-C; leaves no process, thread or file.

    Raises:
        EmotionEdgeError: A part of the demo is missing, the daemon has failed, or nothing came.
    """
    console = Console()
    with (
        _stop_signals() as stop,
        tempfile.TemporaryDirectory(prefix="emotion-edge-demo-") as name,
        DemoBroker() as broker,
    ):
        folder = Path(name)
        cameras = [camera_for(source)] if source else _simulated(folder, console)
        config = folder / "edge.yaml"
        config.write_text(yaml.safe_dump(configuration(cameras, broker.port, folder, detector)))
        console.print(f"daemon: emotion-edge run --config {config}")
        console.print(f"broker: mqtt://{HOST}:{broker.port}  topics: emotion/v1/demo/{DEVICE}/#")
        log = folder / "daemon.log"
        with _daemon(config, log) as daemon, beside(broker.port, folder, console, wanted=dashboard):
            windows = watch(
                MqttSettings(host=HOST, port=broker.port, version="3.1.1"),
                seconds,
                console,
                ends=lambda: stop.is_set() or daemon.poll() is not None,
            )
            if not stop.is_set():
                _complain(daemon.poll(), windows, log)
    console.print(f"{windows} windows arrived")


def camera_for(source: str) -> dict[str, Any]:
    """The camera that a user means by a file, a folder, a URL or a device.

    Raises:
        SourceError: No such file, folder or device, or its name is not UTF-8.
    """
    camera: dict[str, Any] = {"name": "yours"}
    scheme = source.partition("://")[0]
    if scheme in {"rtsp", "rtsps", "http", "https"}:
        return camera | {"source": scheme.removesuffix("s"), "url": source}
    if source.startswith("/dev/video") or source.isdecimal():
        return camera | {"source": "v4l2", "device": int(source) if source.isdecimal() else source}
    path = Path(source).expanduser()
    if not path.exists():
        advice = "give a video, a folder of pictures, a URL or /dev/video0"
        raise SourceError(f"{redacted(source)}: no such file; {advice}")
    native_path(path.resolve(), SourceError)  # the demo's configuration could not even name it
    return camera | {"source": recording_kind(path), "path": str(path.resolve()), "loop": True}


def configuration(cameras: list[dict[str, Any]], port: int, folder: Path, detector: str) -> dict[str, Any]:
    """The daemon's configuration for the demo, as plain values."""
    return {
        "schema": "edge/1",
        "site": "demo",
        "device": DEVICE,
        "purpose": "personal",
        "cameras": cameras,
        "detector": {"name": detector},
        "aggregate": {"window_s": _WINDOW_S},
        "mqtt": {"host": HOST, "port": port, "version": "3.1.1"},  # amqtt is silent when asked for 5
        "outbox": {"path": str(folder / "outbox.sqlite3")},
    }


def _simulated(folder: Path, console: Console) -> list[dict[str, Any]]:
    with console.status("filming two public-domain portraits"):
        films = [(scene.camera, film(scene, folder)) for scene in SCENES]
    return [
        {"name": name, "source": "file", "path": str(path), "loop": True, "fps": _FPS} for name, path in films
    ]


@contextlib.contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    """Ctrl-C, SIGTERM and the closing of the terminal all end the demo in the same order."""
    stop = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _daemon(config: Path, log: Path) -> contextlib.AbstractContextManager[subprocess.Popen[bytes]]:
    return child("run", "--config", str(config), log=log)


def _complain(status: int | None, windows: int, log: Path) -> None:
    """Raise if the daemon is gone, or nothing came: its last words say why."""
    if status is None and windows:
        return
    words = "\n".join(log.read_text(errors="replace").strip().splitlines()[-8:]) or "it said nothing"
    if status is None:
        raise EmotionEdgeError(f"no window arrived; the daemon's last words:\n{words}")
    kind = ConfigError if status == EX_CONFIG else EmotionEdgeError
    raise kind(f"the daemon ended with status {status}; its last words:\n{words}")

"""The demo: a broker in this process, cameras, the real daemon as its own process, a terminal view."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from edge.demo.broker import HOST, DemoBroker
from edge.demo.scenes import SCENES, film
from edge.errors import EmotionEdgeError, SourceError
from edge.mqtt.settings import MqttSettings
from edge.redaction import redacted
from edge.watch.terminal import watch

_STOP_S = 8.0
_WINDOW_S = 4.0


def run_demo(seconds: float, source: str | None, detector: str | None) -> int:
    """Show events for so many seconds, or until Ctrl-C; leaves no process and no thread.

    Returns:
        The exit code: 0, or 1 where not a single window arrived.
    Raises:
        EmotionEdgeError: A part of the demo is missing, or the daemon did not start.
    """
    console = Console()
    with tempfile.TemporaryDirectory(prefix="emotion-edge-demo-") as name, DemoBroker() as broker:
        folder = Path(name)
        cameras = [camera_for(source)] if source else _simulated(folder, console)
        config = folder / "edge.yaml"
        config.write_text(yaml.safe_dump(configuration(cameras, broker.port, folder, detector)))
        console.print(f"daemon: emotion-edge run --config {config}")
        console.print(f"broker: mqtt://{HOST}:{broker.port}  topics: emotion/v1/demo/{DEVICE}/#")
        with _daemon(config, folder / "daemon.log"):
            windows = watch(MqttSettings(host=HOST, port=broker.port), seconds, console)
            _complain_if_dead(folder / "daemon.log", windows)
    console.print(f"{windows} windows arrived")
    return 0 if windows else 1


DEVICE = "this-computer"


def camera_for(source: str) -> dict[str, Any]:
    """The camera that a user means by a file, a folder, a URL or a device.

    Raises:
        SourceError: No such file, folder or device.
    """
    camera: dict[str, Any] = {"name": "yours"}
    scheme = source.partition("://")[0]
    if scheme in {"rtsp", "rtsps", "http", "https"}:
        return camera | {"source": scheme.removesuffix("s"), "url": source}
    if source.startswith("/dev/video") or source.isdecimal():
        return camera | {"source": "v4l2", "device": int(source) if source.isdecimal() else source}
    path = Path(source).expanduser()
    if not path.exists():
        raise SourceError(
            f"{redacted(source)}: no such file; give a video, a folder of pictures, a URL or /dev/video0"
        )
    kind = "images" if path.is_dir() else "file"
    return camera | {"source": kind, "path": str(path.resolve()), "loop": True}


def configuration(
    cameras: list[dict[str, Any]], port: int, folder: Path, detector: str | None
) -> dict[str, Any]:
    """The daemon's configuration for the demo, as plain values."""
    return {
        "schema": "edge/1",
        "site": "demo",
        "device": DEVICE,
        "purpose": "personal",
        "cameras": cameras,
        "detector": {"name": detector or "auto"},
        "aggregate": {"window_s": _WINDOW_S},
        "mqtt": {"host": HOST, "port": port},
        "outbox": {"path": str(folder / "outbox.sqlite3")},
    }


def _simulated(folder: Path, console: Console) -> list[dict[str, Any]]:
    with console.status("filming two public-domain portraits"):
        films = [(scene.camera, film(scene, folder)) for scene in SCENES]
    return [
        {"name": name, "source": "file", "path": str(path), "loop": True, "fps": 5} for name, path in films
    ]


@contextlib.contextmanager
def _daemon(config: Path, log: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "edge", "run", "--config", str(config)]
    with log.open("wb") as out:
        # Its own session: Ctrl-C is for the demo, which then stops the daemon in order.
        process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)
    try:
        yield
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _complain_if_dead(log: Path, windows: int) -> None:
    if windows:
        return
    lines = log.read_text(errors="replace").strip().splitlines()[-8:]
    said = "\n".join(lines) or "it said nothing"
    raise EmotionEdgeError(f"no window arrived; the daemon's last words:\n{said}")

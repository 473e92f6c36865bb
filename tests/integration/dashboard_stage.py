"""A broker, real daemons on the demo's films, and the dashboard: what tests and screenshots look at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from edge.demo.scenes import SCENES, film
from tests.integration.daemon_process import Daemon
from tests.integration.dashboard_process import Dashboard
from tests.integration.mosquitto import Mosquitto, Subscriber

WINDOW_S = 2.0


class Stage(NamedTuple):
    """Everything that runs."""

    broker: Mosquitto
    subscriber: Subscriber
    daemons: list[Daemon]
    dashboard: Dashboard


@contextmanager
def stage(folder: Path, *devices: tuple[str, str, str], window_s: float = WINDOW_S) -> Iterator[Stage]:
    """Run it; a device is (site, name, purpose) and has both of the demo's cameras."""
    broker = Mosquitto(folder)
    broker.keep_sessions()
    broker.start()
    subscriber = broker.subscribe()
    dashboard = Dashboard(folder, broker.port)
    films = [(scene.camera, film(scene, folder)) for scene in SCENES]
    cameras = [
        {"name": name, "source": "file", "path": str(path), "loop": True, "fps": 5} for name, path in films
    ]
    daemons = [Daemon(_configuration(folder, broker.port, device, cameras, window_s)) for device in devices]
    try:
        dashboard.wait()
        yield Stage(broker, subscriber, daemons, dashboard)
    finally:
        for process in (dashboard.process, *(daemon.process for daemon in daemons)):
            process.kill()
            process.wait()
        broker.close()


def _configuration(
    folder: Path, port: int, device: tuple[str, str, str], cameras: list[dict[str, Any]], window_s: float
) -> Path:
    site, name, purpose = device
    path = folder / f"{site}-{name}.yaml"
    settings = {
        "schema": "edge/1",
        "site": site,
        "device": name,
        "purpose": purpose,
        "cameras": cameras,
        "aggregate": {"window_s": window_s},
        "mqtt": {"host": "127.0.0.1", "port": port, "backoff_min_s": 0.2, "backoff_max_s": 0.5},
        "outbox": {"path": str(folder / f"{site}-{name}.sqlite3")},
    }
    path.write_text(yaml.safe_dump(settings))
    return path

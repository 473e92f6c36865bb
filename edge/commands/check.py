"""``emotion-edge check``: is everything usable, before the daemon is started."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from pathlib import Path

from edge import settings as configuration
from edge.build import build_detector
from edge.cameras import AnyCamera
from edge.capture.limits import CaptureLimits
from edge.capture.supervisor import CameraSupervisor
from edge.classifier import load_verified
from edge.errors import ContractError, EmotionEdgeError, SourceError
from edge.mqtt.login import try_login
from edge.settings import Settings
from edge.shipped import DEFAULT_CLASSIFIER

_CAMERA_WAIT_S = 15.0


def run_check(config: Path, with_cameras: bool) -> int:
    """Print one line for each part, good or bad, and go on after a bad one.

    Returns:
        0 where all is well, 78 where configuration or networks are wrong, 1 where only cameras
        or the broker cannot be reached: the daemon would start and keep trying.
    Raises:
        ConfigError: The file itself; nothing else can be checked then.
    """
    settings = configuration.load(config)
    print(f"ok    configuration {config}: {len(settings.cameras)} cameras, purpose {settings.purpose}, "
          f"k_min {settings.k_min}")  # fmt: skip
    parts: list[tuple[str, Callable[[], str]]] = [
        ("classifier", lambda: _classifier(settings)),
        ("detector", lambda: build_detector(settings.detector).name),
        ("outbox", lambda: _outbox(settings)),
        ("broker", lambda: _broker(settings)),
    ]
    if with_cameras:
        parts += [(f"camera {c.name}", lambda c=c: _camera(c, settings.capture)) for c in settings.cameras]  # type: ignore[misc]
    return max((_tell(name, examine) for name, examine in parts), default=0)


def _tell(part: str, examine: Callable[[], str]) -> int:
    try:
        print(f"ok    {part}: {examine()}", flush=True)
    except ContractError as err:
        print(f"BAD   {part}: {err}", flush=True)
        return 78
    except EmotionEdgeError as err:
        print(f"BAD   {part}: {err}", flush=True)
        return 1
    return 0


def _classifier(settings: Settings) -> str:
    loaded = load_verified(settings.classifier.bundle or DEFAULT_CLASSIFIER, settings.classifier.threads)
    return f"{loaded.manifest.name} {loaded.manifest.version} on {loaded.runtime}, golden vectors agree"


def _broker(settings: Settings) -> str:
    try_login(settings.mqtt)
    return f"{settings.mqtt.address} lets us in"


def _outbox(settings: Settings) -> str:
    """Whether the folder can be written; the file itself may be in use by the running daemon."""
    folder = settings.outbox.path.parent
    while not folder.exists():
        folder = folder.parent
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SourceError(
            f"{settings.outbox.path}: {folder} cannot be written by this user; change outbox.path"
        )
    return str(settings.outbox.path)


def _camera(camera: AnyCamera, limits: CaptureLimits) -> str:
    """Open it as the daemon does, in its capture process, and take one frame."""
    if not camera.enabled:
        return "disabled"
    supervisor = CameraSupervisor(camera, limits)
    until_s = time.monotonic() + _CAMERA_WAIT_S
    try:
        while time.monotonic() < until_s:
            supervisor.tick(time.monotonic())
            frame = supervisor.take()
            if frame is not None:
                height, width = frame.image.shape[:2]
                return f"{camera.address} gives {width}x{height}"
            if supervisor.failures or supervisor.state.state == "ended":
                break
            select.select(supervisor.filenos(), [], [], 0.1)
        if supervisor.failures or supervisor.state.state == "ended":
            raise SourceError(supervisor.state.reason)
        raise SourceError(f"{camera.address}: no frame within {_CAMERA_WAIT_S:g} s; is it in use elsewhere?")
    finally:
        supervisor.close()

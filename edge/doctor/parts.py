"""The daemon's own parts, used once as the daemon uses them: networks, outbox, cameras."""

from __future__ import annotations

import os
import select
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path

from edge import shipped, sqlite_owner
from edge.build import build_detector
from edge.cameras import AnyCamera
from edge.capture.limits import CaptureLimits
from edge.capture.supervisor import CameraSupervisor
from edge.classifier import load_verified
from edge.detectors.region import region
from edge.errors import ConfigError, SourceError
from edge.mqtt.outbox_file import APPLICATION_ID, TABLES
from edge.settings import Settings
from edge.sqlite_owner import ForeignFileError

_CAMERA_WAIT_S = 15.0


def classifier(settings: Settings) -> str:
    """Load it and compare its golden vectors.

    Raises:
        ModelError: It cannot be used.
    """
    loaded = load_verified(
        shipped.bundle(settings.classifier.bundle, shipped.DEFAULT_CLASSIFIER), settings.classifier.threads
    )
    return f"{loaded.manifest.name} {loaded.manifest.version} on {loaded.runtime}, golden vectors agree"


def detector(settings: Settings) -> str:
    """Load it.

    Raises:
        ModelError: It cannot be used.
    """
    return build_detector(settings.detector).name


def outbox(settings: Settings) -> str:
    """Write a file beside it; the outbox itself may be in use by the running daemon.

    Raises:
        SourceError: The folder cannot be written, or what is there is damaged.
        ConfigError: What is there is another program's.
    """
    path = settings.outbox.path
    _require_ours(path)
    folder = existing(path.parent)
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(4096))
            probe.flush()
            began_s = time.perf_counter()
            os.fsync(probe.fileno())
            waited_ms = (time.perf_counter() - began_s) * 1000
    except OSError as err:
        raise SourceError(
            f"{path}: {folder} cannot be written by this user: {err.strerror}; change outbox.path"
        ) from err
    return f"{path}, 4 KB on disk after {waited_ms:.0f} ms"


def _require_ours(path: Path) -> None:
    """Look whose the file is, without a lock and without a trace."""
    try:
        with path.open("rb") as handle:
            if not handle.read(1):
                return
        # Nobody changes it for us: what the daemon has in its log by now is not looked at.
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)) as connection:
            sqlite_owner.require(connection, APPLICATION_ID, TABLES)
    except OSError:
        return
    except ForeignFileError as err:
        raise ConfigError(f"{path}: {err}; give the outbox a path of its own: outbox.path") from err
    except sqlite3.DatabaseError as err:
        raise SourceError(
            f"{path}: {err}; the daemon will set it aside as damaged: if it is something else, change"
            " outbox.path"
        ) from err


def existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that there is, as far as this user may look."""
    while not _is_there(folder):
        folder = folder.parent
    return folder


def _is_there(folder: Path) -> bool:
    try:
        return folder.exists()
    except PermissionError:  # below a folder of another user
        return False


def one_frame(camera: AnyCamera, limits: CaptureLimits) -> str:
    """Open it as the daemon does, in its capture process, and take one frame.

    Raises:
        SourceError: It gives none, or none that could be analysed; says why.
    """
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
                if camera.roi is not None:
                    region(frame.image, camera.roi)
                return f"{camera.address} gives {width}x{height}"
            if supervisor.failures or supervisor.state.state == "ended":
                break
            select.select(supervisor.filenos(), [], [], 0.1)
        if supervisor.failures or supervisor.state.state == "ended":
            raise SourceError(supervisor.state.reason)
        raise SourceError(f"{camera.address}: no frame within {_CAMERA_WAIT_S:g} s; is it in use elsewhere?")
    except ValueError as err:  # of the region
        raise SourceError(str(err)) from err
    finally:
        supervisor.close()

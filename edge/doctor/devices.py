"""The device files that cameras need, and whether this user may open them."""

from __future__ import annotations

import grp
import os
from collections.abc import Sequence
from pathlib import Path

from edge.cameras import AnyCamera, GstreamerCamera, PiCamera, V4l2Camera
from edge.doctor.finding import Finding, fail, ok
from edge.doctor.unit import user_name

#: What libcamera opens beside the sensor.
_OF_PI = ("media*", "video*", "dma_heap/*")


def examine_devices(cameras: Sequence[AnyCamera], dev: Path = Path("/dev")) -> Finding:
    """Every file that an enabled camera needs."""
    needed = [path for camera in cameras if camera.enabled for path in _files(camera, dev)]
    absent = [str(path) for path in needed if not path.exists()]
    if absent:
        return fail(
            "devices", f"{', '.join(absent)}: not there", "plug the camera in; see: v4l2-ctl --list-devices"
        )
    closed = [path for path in needed if not os.access(path, os.R_OK | os.W_OK)]
    if closed:
        groups = sorted({_group(path) for path in closed})
        return fail(
            "devices",
            f"{', '.join(map(str, closed))}: this user may not open it",
            f"run: sudo usermod -aG {','.join(groups)} {user_name()}, then log in again",
        )
    names = ", ".join(sorted(map(str, needed))) or "none needed by the enabled cameras"
    return ok("devices", names)


def _files(camera: AnyCamera, dev: Path) -> list[Path]:
    if isinstance(camera, V4l2Camera):
        return [Path(camera.address)]
    if isinstance(camera, PiCamera):
        return sorted(path for pattern in _OF_PI for path in dev.glob(pattern)) or [dev / "media0"]
    if isinstance(camera, GstreamerCamera):  # what converts and scales in hardware, where there is any
        return sorted(dev.glob("dri/renderD*"))
    return []


def _group(path: Path) -> str:
    number = path.stat().st_gid
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)

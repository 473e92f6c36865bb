"""What a changed configuration means for the running daemon (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from edge.cameras import AnyCamera
from edge.errors import ConfigError
from edge.settings import Settings

#: What each camera's process and pipeline are made from: a change here restarts those cameras alone.
_OF_EVERY_CAMERA = ("capture", "tracker", "smoothing")
_LIVE = frozenset({"cameras", *_OF_EVERY_CAMERA})


@dataclass(frozen=True, slots=True)
class CameraChanges:
    """Cameras to begin, to end, and to begin anew; all others are not touched."""

    added: tuple[AnyCamera, ...]
    removed: tuple[str, ...]
    changed: tuple[AnyCamera, ...]


def camera_changes(old: Settings, new: Settings) -> CameraChanges:
    """Compare two configurations of one device.

    Raises:
        ConfigError: Something has changed that only a restart can change.
    """
    fixed = [name for name in Settings.model_fields if name not in _LIVE]
    needing = [name for name in fixed if getattr(old, name) != getattr(new, name)]
    if needing:
        raise ConfigError(
            f"a change of {', '.join(needing)} needs a restart (systemctl restart emotion-edge); nothing was"
            " changed"
        )
    all_change = any(getattr(old, name) != getattr(new, name) for name in _OF_EVERY_CAMERA)
    before = {camera.name: camera for camera in old.cameras}
    after = {camera.name: camera for camera in new.cameras}
    return CameraChanges(
        added=tuple(camera for name, camera in after.items() if name not in before),
        removed=tuple(name for name in before if name not in after),
        changed=tuple(
            camera
            for name, camera in after.items()
            if name in before and (all_change or camera != before[name])
        ),
    )

"""What stands against a release on this device, before anything is touched (pure)."""

from __future__ import annotations

import calendar
import time
from typing import Any

from deploy.agent.manifest import Manifest
from deploy.agent.refusal import RefusedError

#: The smallest board that is supported has 512 MB, of which the firmware keeps some.
MIN_MEMORY_BYTES = 380_000_000
#: A device may not have its clock from the network yet; years off, certificates and events are worthless.
_CLOCK_BEHIND_S, _CLOCK_AHEAD_S = 86_400.0, 10 * 365 * 86_400.0


def obstacles(
    release: Manifest,
    facts: dict[str, Any],
    running: Manifest | None,
    *,
    allow_downgrade: bool,
    allow_rename: bool = False,
) -> list[RefusedError]:
    """All at once; empty where nothing stands against it.

    Args:
        release: What would be applied.
        facts: Of :func:`deploy.agent.facts.gather`.
        running: What runs now.
        allow_downgrade: Whether an older release is wanted.
        allow_rename: Whether the device may have been another host.
    """
    found = [
        None if allow_rename else _another_host(release, running),
        _architecture(release, facts),
        _python(release, facts),
        _clock(release, facts),
        _memory(facts),
        None if allow_downgrade else _downgrade(release, running),
    ]
    return [obstacle for obstacle in found if obstacle is not None]


def absent_cameras(release: Manifest, video_devices: list[str]) -> list[str]:
    """Cameras of the configuration that are not plugged in: a warning, since they may come later."""
    said = []
    for camera in release.configuration.get("cameras") or []:
        if camera.get("source") == "v4l2" and camera.get("enabled", True):
            device = camera.get("device", 0)
            path = f"/dev/video{device}" if isinstance(device, int) else str(device)
            if path.startswith("/dev/video") and path not in video_devices:
                said.append(f"camera {camera.get('name')}: {path} is not there; plug it in")
    return said


def _another_host(release: Manifest, running: Manifest | None) -> RefusedError | None:
    if running is None or release.host == running.host:
        return None
    return RefusedError(
        "another-host",
        f"the release is for {release.host}, the device runs that of {running.host}",
        "host",
        "correct the address in the inventory; if the device has got another name, push with --allow-rename",
    )


def _architecture(release: Manifest, facts: dict[str, Any]) -> RefusedError | None:
    if release.arch == facts["arch"]:
        return None
    return RefusedError(
        "wrong-arch",
        f"the release is for {release.arch}, the device is {facts['arch']}",
        "arch",
        "put the device's architecture (uname -m) into the inventory; armv8l is a 64-bit processor under a"
        " 32-bit system, for which there are no releases: install a 64-bit one",
    )


def _python(release: Manifest, facts: dict[str, Any]) -> RefusedError | None:
    if release.python in facts["pythons"]:
        return None
    there = ", ".join(sorted(facts["pythons"])) or "none"
    return RefusedError(
        "wrong-python",
        f"the release is for Python {release.python}, the device has {there}",
        "python",
        "put a Python that the device has into the inventory, or install it",
    )


def _clock(release: Manifest, facts: dict[str, Any]) -> RefusedError | None:
    try:
        built_s = calendar.timegm(time.strptime(release.created[:19], "%Y-%m-%dT%H:%M:%S"))
    except ValueError:
        return RefusedError(
            "bad-manifest", "created is no time", "created", "build and sign the release again"
        )
    ahead_s = facts["clock_s"] - built_s
    if -_CLOCK_BEHIND_S <= ahead_s <= _CLOCK_AHEAD_S:
        return None
    return RefusedError(
        "wrong-clock",
        f"the device says {time.strftime('%Y-%m-%d', time.gmtime(facts['clock_s']))}, "
        f"the release was built {release.created[:10]}",
        "clock",
        "let the device reach a time server, or set its clock: timedatectl set-time",
    )


def _memory(facts: dict[str, Any]) -> RefusedError | None:
    total = facts["mem_total_bytes"]
    if total >= MIN_MEMORY_BYTES:
        return None
    return RefusedError(
        "little-memory",
        f"{total / 1e6:.0f} MB, at least {MIN_MEMORY_BYTES / 1e6:.0f} MB are needed",
        "memory",
        "use a board with 512 MB or more",
    )


def _downgrade(release: Manifest, running: Manifest | None) -> RefusedError | None:
    if running is None or release.serial >= running.serial or release.id == running.id:
        return None
    return RefusedError(
        "downgrade",
        f"{release.version} ({release.id}, {release.created}) was built before what runs, "
        f"{running.version} ({running.id}, {running.created})",
        "serial",
        "use rollback, or allow the downgrade",
    )

"""Verbs at the beginning of a push: ``lock``, ``plan``, both in one (``preflight``), and ``unlock``."""

from __future__ import annotations

import argparse
import base64
import time
from typing import Any

from deploy.agent import facts, manifest, plan, preflight, signature
from deploy.agent.audit import AuditLog
from deploy.agent.clock import Clock
from deploy.agent.device import Device
from deploy.agent.layout import Layout
from deploy.agent.lock import RolloutLock
from deploy.agent.manifest import Manifest
from deploy.agent.refusal import RefusedError
from deploy.agent.supervisor import Supervisor
from deploy.agent.verbs import looking


def lock(options: argparse.Namespace, layout: Layout, _supervisor: Supervisor) -> dict[str, Any]:
    """Take the rollout lock, or hold it longer."""
    layout.make()
    now_s = time.time()
    taken = RolloutLock(layout.memory).take(options.owner, options.why, options.ttl_s, now_s)
    AuditLog(layout.memory).add(now_s, options.owner, "lock", "good", why=options.why)
    return taken


def unlock(options: argparse.Namespace, layout: Layout, _supervisor: Supervisor) -> dict[str, Any]:
    """Give it back."""
    layout.make()
    RolloutLock(layout.memory).release(options.owner, time.time())
    AuditLog(layout.memory).add(time.time(), options.owner, "unlock", "good")
    return {"unlocked": True}


def planned(options: argparse.Namespace, layout: Layout, supervisor: Supervisor) -> dict[str, Any]:
    """What a release would change, and what stands against it."""
    device = Device(layout, supervisor, options.owner, Clock())
    return _planned(manifest.load(options.manifest), device, options, layout)


def _planned(
    release: Manifest, device: Device, options: argparse.Namespace, layout: Layout
) -> dict[str, Any]:
    found = device.obstacles(
        release, allow_downgrade=options.allow_downgrade, allow_rename=options.allow_rename
    )
    difference = plan.difference(device.running(), release)
    if options.signature_base64 and not difference["unchanged"]:
        armored = base64.b64decode(options.signature_base64)
        found += signature.doubts(release.content, armored, layout.allowed_signers)
    return {
        "missing": device.missing(release),
        "diff": difference,
        "obstacles": [obstacle.as_json() for obstacle in found],
        "warnings": preflight.absent_cameras(release, facts.video_devices()),
    }


def begin(options: argparse.Namespace, layout: Layout, supervisor: Supervisor) -> dict[str, Any]:
    """Take the lock and plan under it; it is given back at once where there is nothing to do."""
    taken = lock(options, layout, supervisor)
    try:
        release = manifest.load(options.manifest)  # once: it comes on stdin
        device = Device(layout, supervisor, options.owner, Clock())
        found = _planned(release, device, options, layout)
        now = looking.status(options, layout, supervisor)
        same = found["diff"]["unchanged"] and not now["on_trial"] and not now["transaction"]
        held = not same and not found["obstacles"]
        if held and not now["transaction"]:
            device.make_room(release)
    except (RefusedError, OSError):
        unlock(options, layout, supervisor)
        raise
    if not held:
        unlock(options, layout, supervisor)
    taken_over = taken["taken_over"]
    return {**found, "unchanged": same, "locked": held, "taken_over": taken_over, "health": now["health"]}

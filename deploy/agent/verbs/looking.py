"""Verbs that change nothing: ``facts``, ``status``, ``manifest``, ``audit``."""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

from deploy.agent import facts as device_facts
from deploy.agent import health, manifest, prune
from deploy.agent.audit import AuditLog
from deploy.agent.layout import Layout
from deploy.agent.lock import RolloutLock, transaction_runs
from deploy.agent.manifest import Manifest
from deploy.agent.progress import Progress
from deploy.agent.refusal import RefusedError
from deploy.agent.supervisor import Supervisor
from deploy.agent.switch import Switch


def facts(options: argparse.Namespace, layout: Layout, supervisor: Supervisor) -> dict[str, Any]:
    """What the device is and has, and :func:`status`."""
    return {**device_facts.gather(layout), **status(options, layout, supervisor)}


def status(_options: argparse.Namespace, layout: Layout, supervisor: Supervisor) -> dict[str, Any]:
    """What runs, what it would go back to, who holds the lock, how the daemon is."""
    switch = Switch(layout)
    trial = switch.trial()
    return {
        "current": _summary(manifest.of(layout, layout.id_of(layout.current))),
        "previous": _summary(manifest.of(layout, layout.id_of(layout.previous))),
        "releases": prune.releases(layout),
        "on_trial": trial is not None,
        "starts_on_trial": switch.starts() if trial else 0,
        "lock": RolloutLock(layout.memory).read(time.time()),
        "transaction": transaction_runs(layout.memory),
        "progress": Progress(layout.memory).read(),
        "health": health.read(layout.health),
        "daemon": supervisor.state()._asdict(),
    }


def manifest_of(options: argparse.Namespace, layout: Layout, _supervisor: Supervisor) -> dict[str, Any]:
    """The manifest of a release that is here; of the one that runs, where none is named."""
    wanted = options.release or layout.id_of(layout.current)
    if wanted is None or not layout.release(wanted).is_dir():
        raise RefusedError("no-release", "it is not on this device", str(wanted), "see releases in status")
    found: dict[str, Any] = json.loads((layout.release(wanted) / manifest.FILE_NAME).read_bytes())
    return found


def audit(options: argparse.Namespace, layout: Layout, _supervisor: Supervisor) -> dict[str, Any]:
    """The newest lines of the audit log."""
    return {"lines": AuditLog(layout.memory).last(options.last)}


def _summary(release: Manifest | None) -> dict[str, Any] | None:
    return release.summary if release else None

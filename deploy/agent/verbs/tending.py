"""Verbs apart from a push: ``rollback``, ``prune``, and what systemd calls, ``boot-check`` and ``heal``."""

from __future__ import annotations

import argparse
import time
from typing import Any

from deploy.agent.clock import Clock
from deploy.agent.device import Device
from deploy.agent.layout import Layout
from deploy.agent.lock import transaction
from deploy.agent.prune import prune as remove_old
from deploy.agent.supervisor import Supervisor


def rollback(options: argparse.Namespace, layout: Layout, supervisor: Supervisor) -> dict[str, Any]:
    """Let an earlier release run."""
    return _device(options, layout, supervisor).rollback(options.to, options.why)


def prune(options: argparse.Namespace, layout: Layout, supervisor: Supervisor) -> dict[str, Any]:
    """Remove old releases; not while somebody else brings one, whose blobs no release refers to yet."""
    layout.make()
    device = _device(options, layout, supervisor)
    with transaction(layout.memory), device.lock.kept_from_others(options.owner, time.time()):
        done = remove_old(layout, keep=options.keep, min_free_bytes=options.min_free_bytes)
    device.audit.add(time.time(), options.owner, "prune", "good", removed=done["removed"])
    return done


def boot_check(options: argparse.Namespace, layout: Layout, supervisor: Supervisor) -> dict[str, Any]:
    """Count a start of the daemon; go back where a release on trial has had its starts."""
    return _device(options, layout, supervisor).boot_check()


def heal(options: argparse.Namespace, layout: Layout, supervisor: Supervisor) -> dict[str, Any]:
    """End a trial whose transaction died."""
    return _device(options, layout, supervisor).heal()


def _device(options: argparse.Namespace, layout: Layout, supervisor: Supervisor) -> Device:
    return Device(layout, supervisor, options.owner, Clock())

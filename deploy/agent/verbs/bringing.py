"""Verbs that bring a release and follow it: ``receive``, ``apply``, ``progress``."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from deploy.agent import manifest, parcel
from deploy.agent.blobs import BlobStore
from deploy.agent.detached import detach, set_aside
from deploy.agent.layout import Layout
from deploy.agent.lock import transaction, transaction_runs
from deploy.agent.progress import FINAL, Progress
from deploy.agent.refusal import RefusedError, of_os_error
from deploy.agent.supervisor import Supervisor
from deploy.agent.switch import Switch

_POLL_S = 0.1


def receive(options: argparse.Namespace, layout: Layout, _supervisor: Supervisor) -> dict[str, Any]:
    """Take a part of one blob from a file, or pieces of several from stdin."""
    layout.make()
    blobs = BlobStore(layout)
    if options.piece:
        return {"taken_bytes": parcel.unload(blobs, sys.stdin.buffer, options.piece)}
    have = blobs.receive(options.sha256, options.bytes, options.offset, options.file)
    return {"sha256": options.sha256, "have_bytes": have}


def apply(options: argparse.Namespace, layout: Layout, supervisor: Supervisor) -> dict[str, Any]:
    """Let a release run; with ``--detach`` by a process that outlives this one."""
    if options.detach:
        started = _detached(options, layout)
        return progress(options, layout, supervisor) if options.wait_s else started
    from deploy.agent.clock import Clock
    from deploy.agent.closing import Closing
    from deploy.agent.device import Device

    device = Device(layout, supervisor, options.owner, Clock())
    closing = Closing(options.keep, options.min_free_bytes) if options.close else None
    return device.apply(
        options.manifest,
        options.signature,
        allow_downgrade=options.allow_downgrade,
        allow_rename=options.allow_rename,
        closing=closing,
    )


def _detached(options: argparse.Namespace, layout: Layout) -> dict[str, Any]:
    """The same command once more, without whoever called; what it needs is copied first."""
    layout.make()
    with transaction(layout.memory):
        release = manifest.load(options.manifest)
        files = {"manifest.json": options.manifest, "manifest.json.sig": options.signature}
        if Path(sys.argv[0]).suffix == ".pyz":
            files["agent.pyz"] = Path(sys.argv[0])
        kept = set_aside(layout, files)
        begun = Progress(layout.memory)
        begun.begin(release.id, Switch(layout).proven(), "apply", options.owner)
    program = ["-I", "-S", str(kept["agent.pyz"])] if "agent.pyz" in kept else ["-m", "deploy.agent"]
    of_all = ["--root", str(options.root), "--supervisor", options.supervisor, "--owner", options.owner]
    own = ["--manifest", str(kept["manifest.json"]), "--signature", str(kept["manifest.json.sig"])]
    own += ["--allow-downgrade"] if options.allow_downgrade else []
    own += ["--allow-rename"] if options.allow_rename else []
    if options.close:
        own += ["--close", "--keep", str(options.keep), "--min-free-bytes", str(options.min_free_bytes)]
    command = [sys.executable, *program, *of_all, "apply", *own]
    try:
        detach(command, layout, systemd=options.supervisor == "systemd")
    except (RefusedError, OSError) as err:
        # Who asks for the progress would wait for ever.
        refused = err if isinstance(err, RefusedError) else of_os_error(err, "systemd-run")
        begun.end("failed", str(refused), refused.as_json())
        raise refused from err
    return {"started": True, "release": release.id}


def progress(options: argparse.Namespace, layout: Layout, _supervisor: Supervisor) -> dict[str, Any]:
    """Where it is; with ``--wait-s``, not before it is over or the time is."""
    until_s = time.monotonic() + options.wait_s
    while True:
        # Asked in this order: one that has ended since has written how.
        alive = transaction_runs(layout.memory)
        state = Progress(layout.memory).read()
        if (state.get("phase") in FINAL and not alive) or time.monotonic() >= until_s:
            return {**state, "running": alive}
        time.sleep(_POLL_S)

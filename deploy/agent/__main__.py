"""The agent's command line: one JSON object on stdout; exit 1 with ``error`` where something was refused."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deploy.agent import facts, health, manifest, parcel, plan, preflight, prune
from deploy.agent.blobs import BlobStore
from deploy.agent.clock import Clock
from deploy.agent.detached import detach, set_aside
from deploy.agent.device import Device
from deploy.agent.layout import Layout
from deploy.agent.lock import transaction, transaction_runs
from deploy.agent.process_supervisor import ProcessSupervisor
from deploy.agent.progress import FINAL
from deploy.agent.refusal import RefusedError, of_os_error
from deploy.agent.supervisor import Supervisor
from deploy.agent.systemd_supervisor import SystemdSupervisor

_POLL_S = 0.2


class Agent:
    """Its verbs; each returns what is printed."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._layout = Layout(options.root)
        self._device = Device(self._layout, self._supervisor(), options.owner, Clock())

    def facts(self) -> dict[str, Any]:
        return {**facts.gather(self._layout), **self.status()}

    def status(self) -> dict[str, Any]:
        layout, device = self._layout, self._device
        trial = device.switch.trial()
        previous = device.manifest_of(layout.id_of(layout.previous))
        running = device.running()
        return {
            "current": running.summary if running else None,
            "previous": previous.summary if previous else None,
            "releases": prune.releases(layout),
            "on_trial": trial is not None,
            "starts_on_trial": device.switch.starts() if trial else 0,
            "lock": device.lock.read(time.time()),
            "transaction": layout.memory.is_dir() and transaction_runs(layout.memory),
            "progress": device.progress.read(),
            "health": health.read(layout.health),
            "daemon": self._supervisor().state()._asdict(),
        }

    def manifest(self) -> dict[str, Any]:
        wanted = self._options.release or self._layout.id_of(self._layout.current)
        if wanted is None or not self._layout.release(wanted).is_dir():
            raise RefusedError(
                "no-release", "it is not on this device", str(wanted), "see releases in status"
            )
        found: dict[str, Any] = json.loads((self._layout.release(wanted) / manifest.FILE_NAME).read_bytes())
        return found

    def lock(self) -> dict[str, Any]:
        self._layout.make()
        given = self._options
        taken = self._device.lock.take(given.owner, given.why, given.ttl_s, time.time())
        self._device.audit.add(time.time(), given.owner, "lock", "good", why=given.why)
        return taken

    def unlock(self) -> dict[str, Any]:
        self._layout.make()
        self._device.lock.release(self._options.owner, time.time())
        self._device.audit.add(time.time(), self._options.owner, "unlock", "good")
        return {"unlocked": True}

    def plan(self) -> dict[str, Any]:
        release = manifest.load(self._options.manifest)
        found = self._device.obstacles(release, allow_downgrade=self._options.allow_downgrade)
        return {
            "missing": self._device.missing(release),
            "diff": plan.difference(self._device.running(), release),
            "obstacles": [obstacle.as_json() for obstacle in found],
            "warnings": preflight.absent_cameras(release, facts.video_devices()),
        }

    def receive(self) -> dict[str, Any]:
        self._layout.make()
        given = self._options
        if given.piece:
            blobs, scratch = BlobStore(self._layout), self._layout.incoming
            return {"taken_bytes": parcel.unload(blobs, sys.stdin.buffer, given.piece, scratch)}
        have = BlobStore(self._layout).receive(given.sha256, given.bytes, given.offset, given.file)
        return {"sha256": given.sha256, "have_bytes": have}

    def apply(self) -> dict[str, Any]:
        given = self._options
        if not given.detach:
            return self._device.apply(given.manifest, given.signature, allow_downgrade=given.allow_downgrade)
        return self._detached()

    def _detached(self) -> dict[str, Any]:
        """The same command once more, without whoever called; what it needs is copied first."""
        given, files = self._options, {}
        program = [sys.executable, "-m", "deploy.agent"]
        self._layout.make()
        with transaction(self._layout.memory):
            release = manifest.load(given.manifest)
            files = {"manifest.json": given.manifest, "manifest.json.sig": given.signature}
            if Path(sys.argv[0]).suffix == ".pyz":
                files["agent.pyz"] = Path(sys.argv[0])
            kept = set_aside(self._layout, files)
            self._device.progress.begin(release.id, self._device.switch.proven(), "apply")
        if "agent.pyz" in kept:
            program = [sys.executable, str(kept["agent.pyz"])]
        command = [
            *program,
            "--root",
            str(given.root),
            "--supervisor",
            given.supervisor,
            "--owner",
            given.owner,
        ]
        command += ["apply", "--manifest", str(kept["manifest.json"])]
        command += ["--signature", str(kept["manifest.json.sig"])]
        command += ["--allow-downgrade"] if given.allow_downgrade else []
        try:
            detach(command, self._layout, systemd=given.supervisor == "systemd")
        except RefusedError as err:
            # Who asks for the progress would wait for ever.
            self._device.progress.end("failed", str(err), err.as_json())
            raise
        return {"started": True, "release": release.id}

    def progress(self) -> dict[str, Any]:
        """Where it is; with ``--wait-s``, not before it has ended or the time is over."""
        until_s = time.monotonic() + self._options.wait_s
        while True:
            state = self._device.progress.read()
            alive = self._layout.memory.is_dir() and transaction_runs(self._layout.memory)
            if state.get("phase") in FINAL or time.monotonic() >= until_s:
                return {**state, "running": alive}
            time.sleep(_POLL_S)

    def rollback(self) -> dict[str, Any]:
        return self._device.rollback(self._options.to, self._options.why)

    def prune(self) -> dict[str, Any]:
        self._layout.make()
        with transaction(self._layout.memory):
            done = prune.prune(
                self._layout, keep=self._options.keep, min_free_bytes=self._options.min_free_bytes
            )
        self._device.audit.add(time.time(), self._options.owner, "prune", "good", removed=done["removed"])
        return done

    def boot_check(self) -> dict[str, Any]:
        return self._device.boot_check()

    def heal(self) -> dict[str, Any]:
        return self._device.heal()

    def audit(self) -> dict[str, Any]:
        return {"lines": self._device.audit.last(self._options.last)}

    def _supervisor(self) -> Supervisor:
        of_systemd = self._options.supervisor == "systemd"
        return SystemdSupervisor(self._layout) if of_systemd else ProcessSupervisor(self._layout)


def main(arguments: list[str] | None = None) -> int:
    """Run one verb."""
    options = _parser().parse_args(arguments)
    if options.supervisor is None:
        with_systemd = options.root == Path("/") and Path("/run/systemd/system").is_dir()
        options.supervisor = "systemd" if with_systemd else "process"
    verb: Callable[[], dict[str, Any]] = getattr(Agent(options), options.verb.replace("-", "_"))
    try:
        print(json.dumps(verb()))
    except RefusedError as err:
        print(json.dumps({"error": err.as_json()}))
        return 1
    except OSError as err:
        print(json.dumps({"error": of_os_error(err, options.verb).as_json()}))
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="agent.pyz", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path("/"), help="of the device's files")
    parser.add_argument("--supervisor", choices=["systemd", "process"], help="default: systemd where it runs")
    parser.add_argument("--owner", default=os.environ.get("SUDO_USER", "root"), help="who asks, as user@host")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name in ("facts", "status", "unlock", "boot-check", "heal"):
        verbs.add_parser(name)
    lock = verbs.add_parser("lock")
    lock.add_argument("--why", required=True)
    lock.add_argument("--ttl-s", type=float, default=3600.0)
    verbs.add_parser("manifest").add_argument("--release")
    for name in ("plan", "apply"):
        verb = verbs.add_parser(name)
        verb.add_argument("--manifest", type=Path, required=True)
        verb.add_argument("--allow-downgrade", action="store_true")
    verb.add_argument("--signature", type=Path, required=True)
    verb.add_argument("--detach", action="store_true", help="go on without this connection")
    receive = verbs.add_parser("receive")
    receive.add_argument("--sha256")
    receive.add_argument("--bytes", type=int, help="of the whole blob")
    receive.add_argument("--offset", type=int)
    receive.add_argument("--piece", action="append", help="of a parcel: SHA256:TOTAL_BYTES:OFFSET:LENGTH")
    receive.add_argument("--file", type=Path, required=True, help="the part; a parcel comes on stdin: -")
    verbs.add_parser("progress").add_argument("--wait-s", type=float, default=0.0)
    rollback = verbs.add_parser("rollback")
    rollback.add_argument("--to", help="default: the release before")
    rollback.add_argument("--why", default="asked for")
    pruning = verbs.add_parser("prune")
    pruning.add_argument("--keep", type=int, default=5)
    pruning.add_argument("--min-free-bytes", type=int, default=0)
    verbs.add_parser("audit").add_argument("--last", type=int, default=50)
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""The agent's command line."""

from __future__ import annotations

import argparse
import os
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    """Of all verbs."""
    made = argparse.ArgumentParser(prog="agent.pyz", description="Brings one release to this device.")
    made.add_argument("--root", type=Path, default=Path("/"), help="of the device's files")
    made.add_argument("--supervisor", choices=["systemd", "process"], help="default: systemd where it runs")
    made.add_argument("--owner", default=os.environ.get("SUDO_USER", "root"), help="who asks, as user@host")
    verbs = made.add_subparsers(dest="verb", required=True)
    for name in ("facts", "status", "unlock", "boot-check", "heal"):
        verbs.add_parser(name)
    verbs.add_parser("manifest").add_argument("--release")
    for name in ("lock", "preflight"):
        lock = verbs.add_parser(name)
        lock.add_argument("--why", required=True)
        lock.add_argument("--ttl-s", type=float, default=3600.0)
    plan, apply = verbs.add_parser("plan"), verbs.add_parser("apply")
    for verb in (lock, plan, apply):
        verb.add_argument("--manifest", type=Path, required=True)
        verb.add_argument("--allow-downgrade", action="store_true")
        verb.add_argument("--allow-rename", action="store_true", help="it runs the release of another host")
    for verb in (lock, plan):
        verb.add_argument("--signature-base64", help="of the manifest; default: it is not looked at yet")
    apply.add_argument("--signature", type=Path, required=True)
    apply.add_argument("--detach", action="store_true", help="go on without this connection")
    apply.add_argument("--close", action="store_true", help="at the end prune, and give the lock back")
    _waiting(apply)
    _limits(apply)
    receive = verbs.add_parser("receive")
    receive.add_argument("--sha256")
    receive.add_argument("--bytes", type=int, help="of the whole blob")
    receive.add_argument("--offset", type=int)
    receive.add_argument("--piece", action="append", help="of a parcel: SHA256:TOTAL_BYTES:OFFSET:LENGTH")
    receive.add_argument("--file", type=Path, required=True, help="the part; a parcel comes on stdin: -")
    _waiting(verbs.add_parser("progress"))
    rollback = verbs.add_parser("rollback")
    rollback.add_argument("--to", help="default: the release before")
    rollback.add_argument("--why", default="asked for")
    _limits(verbs.add_parser("prune"))
    verbs.add_parser("audit").add_argument("--last", type=int, default=50)
    return made


def _waiting(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--wait-s", type=float, default=0.0, help="for its end, at most so long")


def _limits(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--keep", type=int, default=5, help="releases, what runs among them")
    verb.add_argument("--min-free-bytes", type=int, default=0, help="more releases go until so much is free")

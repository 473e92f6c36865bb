"""What was asked of which hosts (``rollout/1``), and, beside it, the journal of what came of it."""

from __future__ import annotations

import getpass
import json
import secrets
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from deploy.journal import Journal
from deploy.row import Row, fold
from edge.errors import EmotionEdgeError

SCHEMA = "rollout/1"


@dataclass(frozen=True)
class PlannedHost:
    """One host of a run: the manifest of its release (None: the run brings none), and its batch from 1."""

    manifest: str | None
    batch: int


@dataclass(frozen=True)
class RunRecord:
    """One run; it is written once, before anything happens, and never changes.

    Attributes:
        folder: Of this run: ``run.json``, ``journal/``, Ansible's artifacts.
        verb: push, rollback, …
        started: Unix time in seconds.
        inventory: The file that it was for.
        owner: Who holds the locks: user, machine and run.
        hosts: By name, in the order of the rollout.
        flags: What else was asked for: soak_s, allow_downgrade, …
    """

    folder: Path
    verb: str
    started: float
    inventory: str
    owner: str
    why: str
    hosts: Mapping[str, PlannedHost]
    flags: Mapping[str, Any]

    @property
    def journal_folder(self) -> Path:
        """Where steps write what happens."""
        return self.folder / "journal"

    def new_rows(self) -> dict[str, Row]:
        """Every host before anything has happened."""
        return {name: Row(name, host.batch) for name, host in self.hosts.items()}

    def rows(self) -> dict[str, Row]:
        """Every host as the journal left it."""
        return fold(self.new_rows(), Journal(self.journal_folder).fresh())


def begin(
    runs: Path,
    verb: str,
    inventory: Path,
    hosts: Mapping[str, PlannedHost],
    *,
    why: str = "",
    flags: Mapping[str, Any] | None = None,
) -> RunRecord:
    """Make the folder of a new run and write down what is asked."""
    started = time.time()
    name = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(started)) + "-" + secrets.token_hex(2)
    owner = f"{getpass.getuser()}@{socket.gethostname()}/{name}"
    record = RunRecord(
        runs / name,
        verb,
        started,
        str(inventory.absolute()),
        owner,
        why or verb,
        dict(hosts),
        dict(flags or {}),
    )
    runs.mkdir(parents=True, exist_ok=True)
    record.folder.mkdir(mode=0o700)  # Ansible's inventory may hold passwords
    record.journal_folder.mkdir()
    written = {"schema": SCHEMA, **{key: value for key, value in asdict(record).items() if key != "folder"}}
    fresh = record.folder / ".run.json.new"
    fresh.write_text(json.dumps(written, indent=1), encoding="utf-8")
    fresh.replace(record.folder / "run.json")
    return record


def read(folder: Path) -> RunRecord:
    """A run that was begun before.

    Raises:
        EmotionEdgeError: There is none, or of another version.
    """
    try:
        given = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as err:
        raise EmotionEdgeError(f"{folder}: no record of a run: {err}; push again") from err
    if given.pop("schema", None) != SCHEMA:
        raise EmotionEdgeError(f"{folder}: not a {SCHEMA} record; push again")
    hosts = {name: PlannedHost(**host) for name, host in given.pop("hosts").items()}
    return RunRecord(folder=folder, hosts=hosts, **given)


def push_named(runs: Path, name: str, inventory: Path) -> RunRecord:
    """A push for an inventory by its name.

    Raises:
        EmotionEdgeError: It is not known, is no push, or was for another inventory.
    """
    record = read(runs / name)
    if record.verb != "push":
        raise EmotionEdgeError(f"{name}: was a {record.verb}; only a push can be resumed")
    if not _is_for(record, inventory):
        raise EmotionEdgeError(
            f"{name}: was for {record.inventory}, not for {inventory}; name that with --inventory"
        )
    return record


def last_push(runs: Path, inventory: Path) -> RunRecord:
    """The newest push for an inventory.

    Raises:
        EmotionEdgeError: There was none from this machine.
    """
    for record in _pushes(runs, inventory):
        return record
    raise EmotionEdgeError(f"{runs}: no push for {inventory} is known on this machine; push first")


def last_good(runs: Path, inventory: Path, host: str) -> Path | None:
    """The manifest of the newest release that a push brought a host; None where none is known."""
    for record in _pushes(runs, inventory):
        row = record.rows().get(host)
        if row is not None and row.outcome in ("good", "unchanged"):
            return Path(str(record.hosts[host].manifest))
    return None


def _pushes(runs: Path, inventory: Path) -> Iterator[RunRecord]:
    """Newest first."""
    for file in sorted(runs.glob("*/run.json"), reverse=True):
        if file.stat().st_size == 0:  # the disk was full at its start, and nothing was done on its word
            continue
        record = read(file.parent)
        if record.verb == "push" and _is_for(record, inventory):
            yield record


def _is_for(record: RunRecord, inventory: Path) -> bool:
    """One file may be named in several ways: over links, or from another folder."""
    return Path(record.inventory).resolve() == inventory.resolve()

"""What a run has found so far: kept row by row, and told as a report."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from tests.torture.report import machine

_HEAD = """# Pushes to a virtual device

`python -m tests.devices FOLDER [--cuts N]` (`make devices`).
The device: Debian 12 with systemd 252, two emulated x86-64 processors (QEMU, TCG), 1 GB; the broker: a
Mosquitto with a password, on the host. Times say nothing about a real device: nothing is emulated there.
A row that does not come out as it must ends the run, and keeps the entry of an earlier run, if there is one.

| what | what came of it | seconds | on |
|---|---|---|---|
"""
_ROW = "| {name} | {found} | {seconds:.0f} | {on} |"


class Ledger:
    """One JSON file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"rows": {}}

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        """Name to what was found, in the order in which it was done."""
        found: dict[str, dict[str, Any]] = self._kept["rows"]
        return found

    def keep(self, name: str, make: Callable[[], int]) -> int:
        """A number that is the same in every run."""
        self._kept.setdefault(name, make())
        self._write()
        return int(self._kept[name])

    def add(self, name: str, found: str, seconds: float) -> None:
        """One row is done."""
        on = f"{datetime.now(timezone.utc):%Y-%m-%d}, {machine()}"
        self.rows[name] = {"found": found, "seconds": seconds, "on": on}
        self._write()

    def write_report(self, path: Path, names: Iterable[str]) -> None:
        """The rows of all devices beside this one; others stay as the report has them, if it has."""
        lines = _lines(path)
        for file in sorted(self._path.parent.parent.glob("*/ledger.json"), reverse=True):
            for name, row in json.loads(file.read_text())["rows"].items():
                lines[name] = _ROW.format(name=name, **row)
        told = [lines.get(name, f"| {name} | not run yet | | |") for name in names]
        path.write_text(_HEAD + "\n".join(told) + "\n")

    def _write(self) -> None:
        self._path.write_text(json.dumps(self._kept, indent=1))


def _lines(report: Path) -> dict[str, str]:
    """The lines of a report's table, by the name of the row."""
    if not report.exists():
        return {}
    rows = [line for line in report.read_text().splitlines() if line.startswith("| ")]
    return {line[2:].partition(" | ")[0]: line for line in rows}

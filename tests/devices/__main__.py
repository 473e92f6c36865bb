"""``python -m tests.devices FOLDER``: real pushes to a virtual device, and a report of what came of them.

Resumable: what is done is kept in the folder, and the report is written after each row. ``--cuts N`` asks
for so many power cuts; ``--name`` names a second device, so that cuts can go on beside the other rows.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

from tests.devices import image, rows
from tests.devices.bench import Bench
from tests.devices.desk import PASSWORD, USERNAME, Desk
from tests.devices.ledger import Ledger
from tests.devices.vm import Machine
from tests.integration.mosquitto import Mosquitto, free_port

_REPORT = Path(__file__).with_name("REPORT.md")
#: Of a new configuration, on a quiet machine: a later cut would be one of a device at rest.
_PUSH_TAKES_S = 90.0
#: Power cuts that a report asks for.
_CUTS = 10
ALL_ROWS = (*(row.name for row in rows.ROWS), *(f"power cut {number}" for number in range(1, _CUTS + 1)))


def main() -> None:
    """Do what is not done yet."""
    options = _options()
    if not (options.folder / "disk.img").exists():
        image.build(options.folder)
    work = options.folder / options.name
    (work / "broker").mkdir(parents=True, exist_ok=True)
    ledger = Ledger(work / "ledger.json")
    port = ledger.keep("port", free_port)
    broker = Mosquitto(work / "broker", port)
    broker.require_password(USERNAME, PASSWORD)
    broker.start()
    machine = Machine(options.folder, options.name, ledger.keep("ssh", free_port))
    try:
        bench = Bench(machine, Desk(work, port), broker.subscribe())
        _prepare(bench, ledger)
        _run(bench, ledger, options)
    finally:
        machine.power_cut()
        broker.close()


def _prepare(bench: Bench, ledger: Ledger) -> None:
    """A fresh device the first time, the same one afterwards."""
    if not ledger.rows:
        bench.machine.reset()
    print(f"booted in {bench.machine.boot():.0f} s", flush=True)
    if not ledger.rows:
        bench.desk.prepare(bench.machine)
    bench.desk.greet(bench.machine)


def _run(bench: Bench, ledger: Ledger, options: argparse.Namespace) -> None:
    wanted: dict[str, Callable[[], str]] = {}
    for row in rows.ROWS if not options.cuts else rows.ROWS[:1]:
        wanted[row.name] = lambda row=row: row.run(bench)  # type: ignore[misc]
    for number in range(1, options.cuts + 1):
        chance = random.Random(number)
        wanted[f"power cut {number}"] = lambda chance=chance: rows.power_cut(  # type: ignore[misc]
            bench, chance, _PUSH_TAKES_S
        )
    for name, run in wanted.items():
        if name in ledger.rows or options.only not in name:
            continue
        started_s = time.monotonic()
        print(f"{datetime.now(timezone.utc):%H:%M:%S} {name} ...", flush=True)
        found = run()
        ledger.add(name, found, time.monotonic() - started_s)
        print(f"{name}: {found}", flush=True)
        ledger.write_report(options.report, ALL_ROWS)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--name", default="device")
    parser.add_argument("--cuts", type=int, default=0, choices=range(_CUTS + 1))
    parser.add_argument("--only", default="", help="rows whose name has this in it")
    parser.add_argument("--report", type=Path, default=_REPORT)
    return parser.parse_args()


if __name__ == "__main__":
    main()

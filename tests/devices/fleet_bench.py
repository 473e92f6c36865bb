"""``python -m tests.devices.fleet_bench``: how long a fleet on this machine takes, split by phase.

Every device is an sshd on a loopback port with a folder as its root: real ssh, Ansible, agent, signatures,
unpacking, virtual environments, self-test and gate; the daemon is played. All devices share this machine's
processors and disk with the desktop that pushes to them; real ones have their own.
"""

from __future__ import annotations

import argparse
import io
import os
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from deploy.release.store import Release
from tests.devices.fleet_desk import ROOT, FleetDesk, Said
from tests.devices.fleet_timing import Timing, document
from tests.devices.loopback import LoopbackFleet
from tests.devices.processor_time import adopt_orphans, of_commands_s, of_family_s

#: Files of the packages, about as many as the daemon's have.
_FILES = 1000
#: The gate is the real one; it holds a device only for as long as it takes to look twice.
_GATE = {"ready_within_s": 120.0, "soak_s": 0.5}
#: As the real daemon writes its record.
_BEAT_S = 2.0
#: One canary, then the default of the inventory.
_WAVES: dict[str, Any] = {"batches": [1, "10%", "50%", "100%"]}
_ONE_WAVE: dict[str, Any] = {"batches": ["100%"]}


def main() -> None:
    """Push everything, then networks alone, in the default waves and all at once; print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=50)
    parser.add_argument("--wheel-mb", type=int, default=20, help="of packages in the release")
    parser.add_argument("--forks", type=int, default=25)
    parser.add_argument("--note", default="", help="about the machine, for the report")
    parser.add_argument("--report", type=Path, default=Path("runs/fleet-bench/report.md"))
    options = parser.parse_args()
    options.report.parent.mkdir(parents=True, exist_ok=True)
    load = os.getloadavg()[0]
    adopt_orphans()
    with (
        tempfile.TemporaryDirectory(prefix="fleet-bench-") as folder,
        LoopbackFleet(Path(folder), options.devices) as fleet,
    ):
        bench = FleetBench(FleetDesk(Path(folder), fleet), options.forks)
        timings = []
        for timing in bench.timings(options.wheel_mb):
            print(timing.line, flush=True)
            timings.append(timing)
        text = document(timings, options.devices, options.forks, options.wheel_mb, load, options.note)
        options.report.write_text(text)
        print(text)


class FleetBench:
    """Runs the commands that an operator would, and times them."""

    def __init__(self, desk: FleetDesk, forks: int) -> None:
        self._desk, self._forks = desk, forks

    def timings(self, wheel_mb: int) -> Iterator[Timing]:
        """One after the other."""
        self._inventory("", _WAVES)
        yield self._timed("init", "init", "--accept-new-host-keys")
        yield self._full("everything", wheel_mb)
        self._inventory("fer-compact", _WAVES)
        yield self._timed("networks alone", "push", "--model-only")
        self._inventory("ferplus-compact", _ONE_WAVE)
        yield self._timed("networks alone, one wave", "push", "--model-only")

    def _full(self, title: str, wheel_mb: int) -> Timing:
        """New packages, software and configuration, built before: packages come from an index otherwise."""
        wheel = _wheel(wheel_mb)
        of_host = {device.name: self._release(device.name, wheel) for device in self._desk.fleet.devices}
        listed = self._desk.releases(next(iter(of_host.values())), of_host)
        return self._timed(title, "push", "--release", listed)

    def _release(self, host: str, wheel: bytes) -> Release:
        files = {
            "wheels/ballast-1.0-py3-none-any.whl": wheel,
            "config/edge.yaml": f"device: {host}\n".encode(),
        }
        return self._desk.workshop.release(files=files, gate=_GATE, beat_s=_BEAT_S)

    def _inventory(self, network: str, rollout: dict[str, Any]) -> None:
        fields: dict[str, Any] = {"gate": _GATE}
        if network:
            base = yaml.safe_load((ROOT / "config" / "edge.yaml").read_text())
            base["classifier"]["bundle"] = str(ROOT / "edge" / "models" / network)
            path = self._desk.folder / "base.yaml"
            path.write_text(yaml.safe_dump(base))
            fields["configuration"] = str(path)
        fleet = self._desk.fleet
        first = {fleet[0].name: {"canary": rollout is _WAVES}}
        given = {**rollout, "forks": self._forks}
        self._desk.inventory = fleet.write(self._desk.inventory, rollout=given, of_host=first, **fields)

    def _timed(self, title: str, *words: str) -> Timing:
        desk_s, all_s, began = of_commands_s(), of_family_s(), time.time()
        said = self._desk.run(*words)
        ended = time.time()
        assert said.status == 0, said.stderr
        cpu_s = of_commands_s() - desk_s, of_family_s() - all_s
        return Timing.of(title, said.document, began, ended, cpu_s, self._journal(said))

    def _journal(self, said: Said) -> Path:
        return next(self._desk.folder.rglob(f"runs/{said.document['run']}/journal"))


def _wheel(megabytes: int) -> bytes:
    """Packages that do not compress."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for number in range(_FILES):
            packed.writestr(f"ballast/{number}.so", os.urandom(megabytes * 1_000_000 // _FILES))
        packed.writestr(
            "ballast-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: ballast\nVersion: 1.0\n"
        )
        packed.writestr("ballast-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
        packed.writestr("ballast-1.0.dist-info/RECORD", "")
    return out.getvalue()


if __name__ == "__main__":
    main()

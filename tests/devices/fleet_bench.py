"""``python -m tests.devices.fleet_bench``: how long a fleet on this machine takes, split by phase.

Every device is an sshd on a loopback port with a folder as its root: real ssh, Ansible, agent, signatures,
unpacking and virtual environments; the daemon is played, and all share this machine's processors and disk.
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

from deploy.release.store import Release
from tests.devices.fleet_desk import FleetDesk, Said
from tests.devices.loopback import LoopbackFleet

MODEL = "bundles/fer/model.tflite"
#: On this machine's clock, by the journal; what the agent times is beside it.
_AGENT = ("verify", "unpack", "self-test", "switch", "gate")


def main() -> None:
    """Push everything, then the model alone, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=50)
    parser.add_argument("--wheel-mb", type=int, default=20, help="of packages in the release")
    parser.add_argument("--forks", type=int, default=25)
    parser.add_argument("--folder", type=Path, default=Path("runs/fleet-bench"), help="for the report")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="fleet-bench-") as folder,
        LoopbackFleet(Path(folder), options.devices) as fleet,
    ):
        desk = FleetDesk(Path(folder), fleet)
        rollout = {"batches": [1, "10%", "50%", "100%"], "forks": options.forks}
        desk.inventory = fleet.write(desk.inventory, rollout=rollout)
        lines = _measure(desk, options.wheel_mb)
    text = "\n".join([_head(options), "", *lines]) + "\n"
    (options.folder / "report.md").write_text(text)
    print(text)


def _head(options: argparse.Namespace) -> str:
    load = os.getloadavg()[0]
    return (
        f"{options.devices} devices, {options.forks} at a time, {os.cpu_count()} processors, "
        f"load average {load:.0f} at the end; {options.wheel_mb} MB of packages. Seconds over the devices."
    )


def _measure(desk: FleetDesk, wheel_mb: int) -> list[str]:
    began_s = time.monotonic()
    greeted = desk.run("init", "--accept-new-host-keys")
    assert greeted.status == 0, greeted.stderr
    lines = [f"init: {time.monotonic() - began_s:.0f} s"]
    wheel = _wheel(wheel_mb)
    for title, model in (("full push", b"one"), ("model-only push", b"two")):
        release = _release(desk, wheel, model)
        began_s = time.monotonic()
        pushed = desk.push(release)
        took_s = time.monotonic() - began_s
        assert pushed.status == 0, pushed.stderr
        lines += ["", f"{title}: {took_s:.0f} s", "", *_by_phase(pushed)]
    return lines


def _release(desk: FleetDesk, wheel: bytes, model: bytes) -> Release:
    files = {"wheels/ballast-1.0-py3-none-any.whl": wheel, MODEL: model * 500_000}
    return desk.workshop.release(files=files, gate={"ready_within_s": 120.0, "soak_s": 0.2})


def _wheel(megabytes: int) -> bytes:
    """Packages that do not compress, in files of 100 kB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for number in range(megabytes * 10):
            packed.writestr(f"ballast/{number}.so", os.urandom(100_000))
        packed.writestr(
            "ballast-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: ballast\nVersion: 1.0\n"
        )
        packed.writestr("ballast-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
        packed.writestr("ballast-1.0.dist-info/RECORD", "")
    return out.getvalue()


def _by_phase(pushed: Said) -> list[str]:
    lines = ["| phase | median | maximum |", "|---|---|---|"]
    hosts: list[dict[str, Any]] = pushed.document["hosts"]
    for phase in ("preflight", "transfer", *_AGENT):
        found = [_seconds(host, phase) for host in hosts]
        lines.append(f"| {phase} | {statistics.median(found):.1f} | {max(found):.1f} |")
    return lines


def _seconds(host: dict[str, Any], phase: str) -> float:
    source = host["facts"].get("phases", {}) if phase in _AGENT else host["seconds"]
    return float(source.get(phase, 0.0))


if __name__ == "__main__":
    main()

"""What the fleet benchmark reports: one command split into the operator's time and each device's."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.journal import HostEvent, Journal

#: By this machine's clock, from the journal; then the agent's, on the device.
_OURS = ("preflight", "transfer")
_AGENTS = ("verify", "unpack", "self-test", "switch", "gate")
_METHOD = """\
Each device is an sshd on a loopback port with a folder for a root: ssh, Ansible, the agent, signatures,
virtual environments, self-test and gate are real, the daemon is played. Desktop and devices share the
processors and the disk. The gate holds each device for 0.5 s (30 by default), and nothing is waited
between waves (30 s by default, four times in the default waves). Networks alone are pushed as an operator
would, `push --model-only`: asking what runs, rendering, building and signing a release for each device
are in it. Everything is {megabytes} MB of packages in a thousand files, software and configuration, built
before."""


@dataclass(frozen=True)
class Timing:
    """One command.

    Attributes:
        total_s: From the command to its end.
        desk_cpu_s, cpu_s: Processor time of the desktop's side (command, Ansible, ssh), and of all.
        split_s: Wall time before the first device is asked, while all are looked at, while they change over.
        phases_s: Phase to its seconds at each device.
    """

    title: str
    waves: int
    total_s: float
    desk_cpu_s: float
    cpu_s: float
    split_s: tuple[float, float, float]
    phases_s: dict[str, list[float]]

    @classmethod
    def of(
        cls,
        title: str,
        said: dict[str, Any],
        began: float,
        ended: float,
        cpu_s: tuple[float, float],
        journal: Path,
    ) -> Timing:
        """From the document of a command and its journal; times are Unix times; ``cpu_s``: desktop's, all."""
        events: dict[str, list[HostEvent]] = {}
        for event in Journal(journal).fresh():
            events.setdefault(event.host, []).append(event)
        first = min(event.at for each in events.values() for event in each)
        looked = max((e.at for each in events.values() for e in each if e.phase == "plan"), default=ended)
        phases = {phase: [_ours(each, phase) for each in events.values()] for phase in _OURS}
        for phase in _AGENTS:
            phases[phase] = [float(host["facts"].get("phases", {}).get(phase, 0)) for host in said["hosts"]]
        waves = max(host["batch"] for host in said["hosts"])
        split = (first - began, looked - first, ended - looked)
        return cls(title, waves, ended - began, *cpu_s, split, phases)

    @property
    def line(self) -> str:
        """While it goes on."""
        before, looking, changing = self.split_s
        return (
            f"{self.title}: {self.total_s:.0f} s ({before:.0f} + {looking:.0f} + {changing:.0f}), "
            f"{self.waves} waves, processor time {self.cpu_s:.0f} s, desktop's {self.desk_cpu_s:.0f} s"
        )


def _ours(events: Sequence[HostEvent], phase: str) -> float:
    begins = [event.at for event in events if event.phase == phase]
    ends = [event.at for event in events if event.phase == ("plan" if phase == "preflight" else phase)]
    return ends[-1] - begins[0] if begins and ends else 0.0


def document(
    timings: Sequence[Timing], devices: int, forks: int, wheel_mb: int, load: float, note: str
) -> str:
    """The report."""
    pushes = [timing for timing in timings if timing.title != "init"]
    command = f"--devices {devices} --forks {forks} --wheel-mb {wheel_mb}"
    machine = f"{os.cpu_count()} processors ({platform.machine()}), load average {load:.0f} before it began"
    machine += f"; {note}" if note else ""
    lines = [
        f"# Pushes to {devices} devices on one machine",
        "",
        f"Written by `python -m tests.devices.fleet_bench {command}` (`make bench-fleet`) on "
        f"{time.strftime('%Y-%m-%d')}: {machine}.",
        "",
        *_METHOD.format(megabytes=wheel_mb).splitlines(),
        "",
        "| | waves | seconds | before any is asked | looking at all | changing over | CPU | desktop's CPU |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for timing in timings:
        before, looking, changing = timing.split_s
        split = f"{before:.0f} | {looking:.0f} | {changing:.0f}" if timing in pushes else " | | "
        waves = timing.waves if timing in pushes else ""
        lines.append(
            f"| {timing.title} | {waves} | **{timing.total_s:.0f}** | {split} "
            f"| {timing.cpu_s:.0f} | {timing.desk_cpu_s:.0f} |"
        )
    lines += ["", "Seconds at a device, median (maximum):", ""]
    lines += [f"| | {' | '.join(timing.title for timing in pushes)} |", "|---" * (len(pushes) + 1) + "|"]
    for phase in (*_OURS, *_AGENTS):
        found = [timing.phases_s[phase] for timing in pushes]
        cells = [f"{statistics.median(seconds):.1f} ({max(seconds):.1f})" for seconds in found]
        lines.append(f"| {phase} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"

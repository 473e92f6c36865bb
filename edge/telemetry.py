"""Counts what the daemon does and reads what the device is at, for the ``stats`` topic and the log."""

from __future__ import annotations

import contextlib
import os
import re
import resource
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from edge.stage_clock import Observe
from edge.stats import CameraStats, DeviceStats, OutboxStats

_THERMAL_ZONES = Path("/sys/class/thermal")
#: Of the processor: cpu-thermal (Raspberry Pi), CPU-therm and tj-thermal (Jetson), x86_pkg_temp and TCPU
#: (PC), soc-thermal and bigcore0-thermal (Rockchip).
_PROCESSOR = re.compile(r"cpu|gpu|soc|pkg|core|^tj", re.IGNORECASE)
#: A Jetson's power chip says 100 degrees at all times.
_NO_THERMOMETERS = frozenset({"PMIC-Die"})
_COLDEST_C, _HOTTEST_C = -60.0, 150.0
#: Latencies kept between two reports; more than a camera delivers in one.
_LATENCIES = 4096


@dataclass(slots=True)
class _CameraCounts:
    total: int = 0
    frames: int = 0
    dropped: int = 0
    latencies_ms: deque[float] = field(default_factory=lambda: deque(maxlen=_LATENCIES))


class Telemetry:
    """One device's counters since the last report."""

    def __init__(
        self,
        versions: dict[str, str],
        purpose: str,
        justification: str | None,
        started_s: float,
        *,
        observe: Observe | None = None,
    ) -> None:
        self._observe = observe
        self._versions, self._started_s = versions, started_s
        self._purpose, self._justification = purpose, justification
        self._cameras: dict[str, _CameraCounts] = {}
        self._reported_s = started_s
        self._cpu_then = _cpu_by_process()

    def analysed(self, camera: str, latency_s: float, dropped: int) -> None:
        """One frame went through the pipeline ``latency_s`` after its capture."""
        counts = self._cameras.setdefault(camera, _CameraCounts())
        counts.frames += 1
        counts.total += 1
        counts.dropped = dropped
        counts.latencies_ms.append(latency_s * 1000)
        if self._observe is not None:
            self._observe("total", latency_s)

    def totals(self, camera: str) -> tuple[int, int]:
        """Frames of a camera analysed and dropped since the start."""
        counts = self._cameras.get(camera, _CameraCounts())
        return counts.total, counts.dropped

    def nothing_yet(self, now_s: float) -> DeviceStats:
        """A report before the first one."""
        return DeviceStats(
            utc_s=time.time(),
            uptime_s=now_s - self._started_s,
            cameras=(),
            outbox=OutboxStats(0, 0, 0),
            rss_bytes=_resident_bytes(),
            cpu_percent=0.0,
            versions=self._versions,
        )

    def report(self, cameras: tuple[str, ...], outbox: OutboxStats, now_s: float) -> DeviceStats:
        """Everything since the last report; the counters start again."""
        span_s = max(1e-3, now_s - self._reported_s)
        cpu = _cpu_by_process()
        # A process that has ended takes its total with it; only what grew was used.
        used_s = sum(max(0.0, total_s - self._cpu_then.get(pid, 0.0)) for pid, total_s in cpu.items())
        stats = DeviceStats(
            utc_s=time.time(),
            uptime_s=now_s - self._started_s,
            cameras=tuple(self._camera(name, span_s) for name in cameras),
            outbox=outbox,
            rss_bytes=_resident_bytes(),
            cpu_percent=100 * used_s / span_s,
            temperature_c=temperature_c(),
            versions=self._versions,
            purpose=self._purpose,
            justification=self._justification,
        )
        self._reported_s, self._cpu_then = now_s, cpu
        for counts in self._cameras.values():
            counts.frames = 0
            counts.latencies_ms.clear()
        return stats

    def _camera(self, name: str, span_s: float) -> CameraStats:
        counts = self._cameras.get(name, _CameraCounts())
        p50, p95 = np.percentile(counts.latencies_ms, [50, 95]) if counts.latencies_ms else (None, None)
        return CameraStats(
            camera=name,
            fps=counts.frames / span_s,
            dropped=counts.dropped,
            latency_p50_ms=None if p50 is None else float(p50),
            latency_p95_ms=None if p95 is None else float(p95),
        )


def _processes() -> list[int]:
    """This process and its children: the capture processes are part of the cost."""
    own = os.getpid()
    children: list[int] = []
    for task in Path(f"/proc/{own}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # a thread that has just ended
            children += [int(pid) for pid in task.read_text().split()]
    return [own, *children]


def _resident_bytes() -> int:
    """Memory in use; pages that processes share count in each."""
    page_bytes = resource.getpagesize()
    total = 0
    for pid in _processes():
        try:
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * page_bytes
        except (OSError, IndexError):  # a child that has just ended
            continue
    return total


def _cpu_by_process() -> dict[int, float]:
    """Processor seconds that this process and each living child have used so far, by process id."""
    ticks_hz = os.sysconf("SC_CLK_TCK")
    used: dict[int, float] = {}
    for pid in _processes():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            continue
        used[pid] = (int(fields[11]) + int(fields[12])) / ticks_hz
    return used


def temperature_c(zones: Path = _THERMAL_ZONES) -> float | None:
    """Of the processor, degrees Celsius: the hottest of its zones; of all zones where none is named so."""
    of_processor: list[Path] = []
    others: list[Path] = []
    for zone in zones.glob("thermal_zone*"):
        kind = _kind_of(zone)
        if kind not in _NO_THERMOMETERS:
            (of_processor if _PROCESSOR.search(kind) else others).append(zone)
    return max(_readings_c(of_processor) or _readings_c(others), default=None)


def _kind_of(zone: Path) -> str:
    try:
        return (zone / "type").read_text().strip()
    except (OSError, ValueError):
        return ""


def _readings_c(zones: list[Path]) -> list[float]:
    """What these zones tell, without what no board has: a part that is switched off reads -256."""
    readings = []
    for zone in zones:
        try:
            celsius = int((zone / "temp").read_text()) / 1000
        except (OSError, ValueError):
            continue
        if _COLDEST_C < celsius < _HOTTEST_C:
            readings.append(celsius)
    return readings

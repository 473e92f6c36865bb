"""What the outbox adds to the latency of frames: the same frames with it and with one that keeps nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import cast

import cv2
import numpy as np

from edge.bench.in_process import Cost, Device, Latency
from edge.bench.rounds import Spread, alternate
from edge.bench.source import bench_settings
from edge.build import Networks, build_networks
from edge.mqtt.outbox import Outbox
from edge.mqtt.settings import OutboxSettings
from edge.settings import Settings
from tests.bench.films import crowd
from tests.bench.part import Figures, Part, spread, table

_FRAMES, _ROUNDS = 240, 21
_WITH, _WITHOUT = "with", "without"
#: Until when a frame's latency is counted, as attributes of :class:`Latency`.
_UNTIL = {"event_s": "its window is in the outbox", "checkpoint_s": "the open window is kept too"}


class _NoOutbox:
    """Takes everything and keeps nothing."""

    def append(self, *_: object, **__: object) -> bool:
        return True

    def checkpoint(self, *_: object) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing is open."""


def _nowhere(_: OutboxSettings) -> Outbox:
    return cast("Outbox", _NoOutbox())


def _measure(work: Path) -> Figures:
    cv2.setNumThreads(1)
    settings = bench_settings(str(crowd(work, 1280, 720, 2, _FRAMES)))
    networks = build_networks(settings.detector, settings.classifier)
    found: dict[str, list[list[Latency]]] = {_WITH: [], _WITHOUT: []}
    ways = {
        _WITH: _way(settings, networks, Outbox, found[_WITH]),
        _WITHOUT: _way(settings, networks, _nowhere, found[_WITHOUT]),
    }
    ways[_WITH]()  # caches are warm
    found[_WITH].clear()
    alternate(ways, _ROUNDS)
    return {until: _compared(found, until) for until in _UNTIL}


def _way(
    settings: Settings,
    networks: Networks,
    open_outbox: Callable[[OutboxSettings], Outbox],
    found: list[list[Latency]],
) -> Callable[[], Cost]:
    def run() -> Cost:
        found.append([])
        with Device(settings, networks, open_outbox) as device:
            return device.run(_FRAMES, latencies=found[-1])

    return run


def _compared(found: dict[str, list[list[Latency]]], until: str) -> Figures:
    p95_ms = {way: [_p95_ms(run, until) for run in runs] for way, runs in found.items()}
    pairs = zip(p95_ms[_WITH], p95_ms[_WITHOUT], strict=True)
    return {
        "p95_ms": asdict(Spread.of(p95_ms[_WITH])),
        "p95_without_ms": asdict(Spread.of(p95_ms[_WITHOUT])),
        "ratio": asdict(Spread.of([one / other for one, other in pairs])),
    }


def _p95_ms(run: list[Latency], until: str) -> float:
    return 1000 * float(np.percentile([getattr(latency, until) for latency in run], 95))


def _tell(figures: Figures) -> list[str]:
    rows = [
        [name, spread(one["p95_ms"]), spread(one["p95_without_ms"]), spread(one["ratio"], ".3f")]
        for until, name in _UNTIL.items()
        if (one := figures[until])
    ]
    return [
        "From when a frame is read, by the wall clock. A window is written and flushed when it closes, "
        "every 10 s; the open one is kept once a second, after the frame: only a frame that comes meanwhile "
        f"waits for it. With and without in turn, {figures['event_s']['ratio']['rounds']} rounds of "
        f"{_FRAMES} frames.",
        "",
        *table(["until", "p95 with the outbox, ms", "without, ms", "ratio"], rows),
    ]


PART = Part("outbox", "The outbox in the latency of frames (1280x720, two faces)", _measure, _tell)

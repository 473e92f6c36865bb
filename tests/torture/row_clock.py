"""A wall clock that is wrong, steps by a day either way, and is set at last."""

from __future__ import annotations

import json
import random
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from edge.aggregator import WindowAggregator, WindowLimits
from edge.mqtt.outbox import Outbox
from edge.mqtt.payload import utc_text, window_message
from edge.mqtt.settings import OutboxSettings
from edge.mqtt.ulid import new_ulid
from tests.builders import frame, image
from tests.edge.mqtt.event_builder import IDENTITY, MODEL, NOON_S
from tests.torture.outcome import Finding, Row, Size, exactly

_WINDOWS: dict[Size, int] = {"fast": 60, "full": 5_000}
_STEPS_S = (-86_400.0, 86_400.0, -3_600.0, 3_600.0, 0.5, -0.5)


class _Clock:
    """Begins in 1970; steps at random; is right from ``set_at_s`` on."""

    def __init__(self, set_at_s: float) -> None:
        self.monotonic_s, self.offset_s, self.set_at_s = 100.0, 0.0, set_at_s

    @property
    def synced(self) -> bool:
        return self.monotonic_s >= self.set_at_s

    def utc(self) -> float:
        return self.monotonic_s + (NOON_S - 100.0 if self.synced else self.offset_s)

    def monotonic(self) -> float:
        return self.monotonic_s


def _run(folder: Path, size: Size) -> list[Finding]:
    chance, count = random.Random(3), _WINDOWS[size]
    clock = _Clock(set_at_s=100.0 + 10 * count)
    aggregator = WindowAggregator("door", WindowLimits(window_s=10))
    picture, frames = image(16, 16), 0
    told = []
    settings = OutboxSettings(path=folder / "outbox.sqlite3", max_age_s=1e9)
    with closing(Outbox(settings, utc=clock.utc, monotonic=clock.monotonic)) as outbox:
        for _ in range(count * 20):
            if chance.random() < 0.02:
                clock.offset_s += chance.choice(_STEPS_S)
            at = frame(clock.monotonic_s, picture=picture)
            at = replace(at, utc_s=clock.utc(), clock_synced=clock.synced)
            frames += 1
            told += aggregator.update(at, [])
            for event in told[outbox.stats().rows :]:
                message = window_message(event, IDENTITY, MODEL, id=new_ulid(), seq=len(told) - 1)
                outbox.append(message, made_s=event.end_monotonic_s)
            clock.monotonic_s += 0.5
        clock.monotonic_s = clock.set_at_s
        told += aggregator.flush()
        last = window_message(told[-1], IDENTITY, MODEL, id=new_ulid(), seq=len(told) - 1)
        outbox.append(last, made_s=told[-1].end_monotonic_s)
        outbox.restamp()
        while outbox.restamp_some():
            pass
        kept = [json.loads(row.message.payload) for row in outbox.pending(after=0, limit=count * 2)]
    numbers = [window["seq"] for window in kept]
    wrong = sum(window["start"] != utc_text(NOON_S + 10 * window["seq"]) for window in kept)
    return [
        Finding("windows", len(told), "made", holds=len(told) == count),
        exactly("frames that are in no window, or in two", frames - sum(e.capture.frames for e in told), 0),
        exactly("windows lost or repeated in the outbox", len(set(range(count)) ^ set(numbers)), 0),
        exactly("windows not put right when time came", count - sum(one["clock_synced"] for one in kept), 0),
        exactly("windows with another time than the right one", wrong, 0),
    ]


ROW = Row("clock steps", "a faked clock: from 1970, stepping by seconds to a day, set at last", _run)

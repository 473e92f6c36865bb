"""A recorded file through the same pipeline as a camera: every frame, in order, on media time."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass

from edge.annotate import AnnotatedVideo, draw
from edge.datatypes import EmotionEvent
from edge.pipeline import BAD_FRAME, Pipeline
from edge.protocols import FrameSource

log = logging.getLogger(__name__)


@dataclass(slots=True)
class ReplayCounts:
    """What a replay has done so far."""

    frames: int = 0
    skipped: int = 0
    faces: int = 0
    events: int = 0


def replay(
    source: FrameSource, pipeline: Pipeline, counts: ReplayCounts, annotated: AnnotatedVideo | None = None
) -> Iterator[EmotionEvent]:
    """The events of a recording, as their windows close; deterministic for the same file and settings.

    Raises:
        SourceError: The file cannot be decoded, or the annotated video cannot be written.
    """
    rate = _FrameRate()
    try:
        while (frame := source.read()) is not None:
            counts.frames += 1
            try:
                analysis = pipeline.process(frame)
            except BAD_FRAME as err:
                counts.skipped += 1
                log.log(
                    logging.WARNING if counts.skipped == 1 else logging.DEBUG,
                    "frame skipped reason='%s'",
                    err,
                )
                continue
            counts.faces += len(analysis.observations)
            if annotated is not None:
                annotated.write(draw(frame.image, analysis.observations, f"{rate.tick():.0f} fps"))
            yield from _counted(analysis.events, counts)
        yield from _counted(pipeline.flush(), counts)
    finally:
        source.close()


class _FrameRate:
    """Frames that were analysed in a second of real time, smoothed for the eye."""

    def __init__(self) -> None:
        self._then_s = time.perf_counter()
        self._interval_s = 0.0

    def tick(self) -> float:
        now_s = time.perf_counter()
        interval_s, self._then_s = now_s - self._then_s, now_s
        self._interval_s = 0.9 * self._interval_s + 0.1 * interval_s if self._interval_s else interval_s
        return 1 / self._interval_s if self._interval_s else 0.0


def _counted(events: list[EmotionEvent], counts: ReplayCounts) -> Iterator[EmotionEvent]:
    for event in events:
        counts.events += 1
        yield event

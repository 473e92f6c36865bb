"""A recorded file through the same pipeline as a camera: every frame, in order, on media time."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass

from edge.annotate import AnnotatedVideo, draw
from edge.datatypes import EmotionEvent
from edge.frame_rate import FrameRate
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
    rate = FrameRate()
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
                fps = rate.tick(time.perf_counter())
                annotated.write(draw(frame.image, analysis.observations, f"{fps:.0f} fps"))
            yield from _counted(analysis.events, counts)
        yield from _counted(pipeline.flush(), counts)
    finally:
        source.close()


def _counted(events: list[EmotionEvent], counts: ReplayCounts) -> Iterator[EmotionEvent]:
    for event in events:
        counts.events += 1
        yield event

"""Which function is which stage of a frame's way, in its order."""

from __future__ import annotations

from typing import Any

import edge.detectors.near_faces
import edge.detectors.ssd
import edge.detectors.yunet
import edge.mqtt.publisher
import edge.pipeline
from edge.aggregator import WindowAggregator
from edge.bench.stage_probe import Seam
from edge.capture.slot import SlotReader
from edge.capture.worker import SlotLanding
from edge.classifier import TfliteClassifier
from edge.detectors.compact_heads import OpencvHeads, TfliteHeads
from edge.mqtt.outbox import Outbox
from edge.smoothing import Smoother
from edge.tracker import Tracker

#: The pipeline's own, whatever the source and the detector. Haar's and MTCNN's pyramids are in ``detect``.
SEAMS = (
    Seam("slot", SlotLanding, "publish"),
    Seam("slot", SlotReader, "acquire"),
    Seam("slot", SlotReader, "release"),
    Seam("resize", edge.detectors.near_faces, "letterbox"),
    Seam("resize", edge.detectors.yunet, "shrunk"),
    Seam("resize", edge.detectors.ssd, "blob"),
    Seam("forward", OpencvHeads, "run"),
    Seam("forward", TfliteHeads, "run"),
    Seam("track", Tracker, "update"),
    Seam("crop", edge.pipeline, "face_tensor"),
    Seam("quality", edge.pipeline, "readable"),
    Seam("classify", TfliteClassifier, "classify"),
    Seam("smooth", Smoother, "update"),
    Seam("aggregate", WindowAggregator, "update"),
    Seam("encode", edge.mqtt.publisher, "window_message"),
    Seam("outbox", Outbox, "append"),
    Seam("outbox", Outbox, "checkpoint"),
)
#: All stages, in the order of a frame's way.
ORDER = (
    *("decode", "slot", "resize", "forward", "detect", "track", "crop", "quality", "classify"),
    *("smooth", "aggregate", "encode", "outbox"),
)


def seams_of(source: Any, detector: Any) -> tuple[Seam, ...]:
    """Those and the two whose class depends on what is measured: ``decode`` and ``detect``."""
    return (Seam("decode", type(source), "read"), Seam("detect", type(detector), "detect"), *SEAMS)

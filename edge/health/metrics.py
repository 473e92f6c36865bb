"""Prometheus metrics: the only user of prometheus-client, loaded only where they are served."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from edge.contract.health import HealthRecord
from edge.health.board import HealthBoard

#: From a network on a desktop to a cascade on a Raspberry Pi.
_BUCKETS_S = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)


class Metrics:
    """What ``/metrics`` says: stage latencies as they happen, all else from the health record."""

    def __init__(self, board: HealthBoard) -> None:
        self._registry = CollectorRegistry()
        self._stages = Histogram(
            "emotion_stage_seconds",
            "Time of one stage of the pipeline for one frame; total is from capture to the end.",
            ["stage"],
            buckets=_BUCKETS_S,
            registry=self._registry,
        )
        self._registry.register(_OfHealth(board))

    def observe(self, stage: str, seconds: float) -> None:
        """One frame went through a stage."""
        self._stages.labels(stage).observe(seconds)

    def text(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self._registry)


class _OfHealth(Collector):
    def __init__(self, board: HealthBoard) -> None:
        self._board = board

    def collect(self) -> Iterable[Metric]:
        record, alive = self._board.record, self._board.alive
        if record is None:
            return []
        return [*_of_cameras(record, self._board.silent_s, alive=alive), *_of_device(record, alive=alive)]


def _of_cameras(record: HealthRecord, silent_s: float, *, alive: bool) -> Iterator[Metric]:
    counters = {
        "frames": ("Frames analysed.", lambda camera: camera.frames),
        "dropped": ("Frames dropped: newer ones replaced them.", lambda camera: camera.dropped),
        "skipped": ("Frames that could not be analysed.", lambda camera: camera.skipped),
        "reconnects": ("Times the camera was opened again.", lambda camera: camera.reconnects),
    }
    for name, (about, value) in counters.items():
        counter = CounterMetricFamily(f"emotion_camera_{name}", about, labels=["camera"])
        for camera, health in record.cameras.items():
            counter.add_metric([camera], value(health))  # type: ignore[no-untyped-call]
        yield counter
    streaming = GaugeMetricFamily("emotion_camera_streaming", "1 while it delivers.", labels=["camera"])
    age = GaugeMetricFamily("emotion_frame_age_seconds", "Since its last frame.", labels=["camera"])
    for camera, health in record.cameras.items():
        streaming.add_metric([camera], int(alive and health.state == "streaming"))
        if health.frame_age_s is not None:  # as old as it was, and as the record is
            age.add_metric([camera], health.frame_age_s + (0.0 if alive else silent_s))
    yield from (streaming, age)


def _of_device(record: HealthRecord, *, alive: bool) -> Iterator[Metric]:
    outbox, broker = record.outbox, record.broker
    yield CounterMetricFamily("emotion_windows_delivered", "Acknowledged by the broker.", broker.delivered)
    yield CounterMetricFamily("emotion_windows_lost", "Dropped: a bound was reached.", outbox.lost)
    yield GaugeMetricFamily("emotion_broker_connected", "1 while connected.", int(broker.connected))
    yield GaugeMetricFamily("emotion_outbox_rows", "Windows that wait for the broker.", outbox.rows)
    yield GaugeMetricFamily("emotion_outbox_bytes", "Their size on disk.", outbox.bytes)
    yield GaugeMetricFamily("emotion_outbox_oldest_seconds", "How long the oldest waits.", outbox.oldest_s)
    yield GaugeMetricFamily("emotion_resident_bytes", "Memory, capture included.", record.rss_bytes)
    yield GaugeMetricFamily("emotion_ready", "1 while ready.", int(record.ready and alive))
    if record.temperature_c is not None:
        yield GaugeMetricFamily("emotion_temperature_celsius", "Of the processor.", record.temperature_c)

"""The device's way of a frame in one process and one thread: camera, slot, pipeline, outbox.

``emotion-edge run`` does the same with the camera in a process of its own.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, cast

from edge.build import Networks, build_pipeline
from edge.cameras import AnyCamera, FileCamera
from edge.capture.capacity import capacity_bytes
from edge.capture.messages import MessageWriter
from edge.capture.pixels import as_image
from edge.capture.seat import Seat
from edge.capture.slot import SlotReader, SlotWriter
from edge.capture.slot_memory import create_slot
from edge.capture.worker import SlotLanding
from edge.datatypes import Frame
from edge.mqtt.link import Link
from edge.mqtt.outbox import Outbox
from edge.mqtt.payload import Identity, ModelVersion
from edge.mqtt.publisher import MqttPublisher
from edge.mqtt.settings import OutboxSettings
from edge.pipeline import Analysis, Pipeline
from edge.protocols import FrameSource
from edge.settings import Settings
from edge.sources.landing import Landing
from edge.sources.opening import open_recording, open_source

#: As in the daemon: what a kill may cost of the open window.
_CHECKPOINT_EVERY_S = 1.0


class Cost(NamedTuple):
    """What some frames took.

    Attributes:
        cpu_s: Of all threads of this process.
        faces: Observations: faces that were read or abstained from.
        dropped: Frames that the source lost or could not decode.
    """

    frames: int
    cpu_s: float
    wall_s: float
    faces: int = 0
    dropped: int = 0

    @property
    def cpu_ms_per_frame(self) -> float:
        """Milliseconds of processor for one frame."""
        return 1000 * self.cpu_s / max(1, self.frames)


class Latency(NamedTuple):
    """How long after it was read a frame was done with.

    Attributes:
        event_s: Its window, if it closed one, is in the outbox: what the daemon counts.
        checkpoint_s: The open window is kept too, once a second: a frame that comes meanwhile waits so long.
    """

    event_s: float
    checkpoint_s: float


class _NoBroker:
    """A link that is never opened: windows stay in the outbox."""

    def wake(self) -> None:
        """Nobody waits."""

    def close(self, *, goodbye: bool) -> None:
        """Nothing is open."""


class Device:
    """One camera, from its source to the outbox; use it in a ``with`` statement.

    Attributes:
        source: The opened camera or recording.
    """

    def __init__(
        self,
        settings: Settings,
        networks: Networks,
        open_outbox: Callable[[OutboxSettings], Outbox] = Outbox,
    ) -> None:
        """Open everything; ``settings`` have one camera.

        Raises:
            SourceError: The source cannot be opened.
        """
        camera = settings.cameras[0]
        self._closing = contextlib.ExitStack()
        with contextlib.ExitStack() as failing:
            failing.callback(self._closing.close)
            self._landing, self._frames = self._slot(camera)
            self.source: FrameSource = _opened(camera, self._landing)
            self._closing.callback(self.source.close)
            self.pipeline: Pipeline = build_pipeline(networks, settings, camera)
            self._publisher = self._publishing(settings, networks, open_outbox)
            failing.pop_all()

    def __enter__(self) -> Device:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def run(
        self,
        frames: int,
        each: Callable[[Frame, Analysis], None] = lambda *_: None,
        latencies: list[Latency] | None = None,
    ) -> Cost:
        """Up to so many frames, then the open window.

        Args:
            frames: At most so many.
            each: Hears what a frame gave.
            latencies: Where to put that of each frame, if anywhere.

        Raises:
            SourceError: The source has failed.
        """
        cpu_s, began_s = time.process_time(), time.perf_counter()
        done = faces = dropped = 0
        checkpoint_s: float | None = None
        while done < frames and (taken := self.source.read()) is not None:
            taken_s = time.perf_counter()
            self._landing.publish(taken)
            frame = self._shared(taken)
            try:
                analysis = self.pipeline.process(frame)
                each(frame, analysis)
            finally:
                self._frames.release()
            self._publisher.publish(analysis.events)
            event_s = time.perf_counter()
            done, faces, dropped = done + 1, faces + len(analysis.observations), taken.dropped
            if checkpoint_s is None or taken.monotonic_s >= checkpoint_s + _CHECKPOINT_EVERY_S:
                checkpoint_s = taken.monotonic_s
                window = self.pipeline.peek()
                self._publisher.checkpoint([window] if window else [])
            if latencies is not None:
                latencies.append(Latency(event_s - taken_s, time.perf_counter() - taken_s))
        self._publisher.publish(self.pipeline.flush())
        return Cost(done, time.process_time() - cpu_s, time.perf_counter() - began_s, faces, dropped)

    def _shared(self, taken: Frame) -> Frame:
        """The frame as the daemon sees it: in the slot, until it is released."""
        waiting = self._frames.acquire()
        assert waiting is not None  # noqa: S101 - it has just been published
        header, pixels = waiting
        return Frame(
            taken.camera, as_image(pixels, header), header.number,
            taken.monotonic_s, taken.utc_s, header.clock_synced, header.dropped,
        )  # fmt: skip

    def _slot(self, camera: AnyCamera) -> tuple[SlotLanding, SlotReader]:
        fds = create_slot(capacity_bytes(camera))
        self._closing.callback(fds.close)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        self._closing.callback(os.close, nowhere)
        writer = SlotWriter(fds.memory, fds.mail_read, fds.mail_write, fds.back_read, lossless=True)
        self._closing.callback(writer.close)
        reader = SlotReader(fds.memory, fds.mail_read, fds.back_write)
        self._closing.callback(reader.close)
        return SlotLanding(Seat({}, writer, MessageWriter(nowhere))), reader

    def _publishing(
        self, settings: Settings, networks: Networks, open_outbox: Callable[[OutboxSettings], Outbox]
    ) -> MqttPublisher:
        folder = self._closing.enter_context(tempfile.TemporaryDirectory(prefix="emotion-edge-bench-"))
        outbox = open_outbox(OutboxSettings(path=Path(folder) / "outbox.sqlite3"))
        self._closing.callback(outbox.close)
        publisher = MqttPublisher(
            settings.mqtt,
            Identity(settings.site, settings.device, boot_id="bench"),
            ModelVersion(networks.model_name, networks.model_version),
            outbox,
            k_min=settings.k_min,
            rounding=settings.aggregate.rounding,
            open_link=lambda *_: cast("Link", _NoBroker()),
        )
        self._closing.callback(publisher.close, 0.0)
        return publisher


def _opened(camera: AnyCamera, landing: Landing) -> FrameSource:
    """Recordings on their own time, so that two runs agree."""
    if isinstance(camera, FileCamera):
        return open_recording(camera.path, camera.name, landing)
    return open_source(camera, landing)

"""One measurement of one source: stages, cost against the limit, memory (schema ``bench/1``)."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from edge.bench.in_process import Cost, Device
from edge.bench.limit import BareLoop, work_of
from edge.bench.machine import Machine, peak_rss_bytes, pss_bytes
from edge.bench.rounds import Spread, alternate, cpu_ms, difference_us, ratio
from edge.bench.seams import ORDER, seams_of
from edge.bench.stage_probe import StageProbe, StageSummary
from edge.build import Networks
from edge.settings import Settings


@dataclass(frozen=True, slots=True)
class Overhead:
    """The pipeline against the same work in a bare loop.

    Attributes:
        ratio: The pipeline's processor time over the limit's, less one.
        us_per_frame: The difference of the two, microseconds of processor.
    """

    limit_cpu_ms_per_frame: Spread
    ratio: Spread
    us_per_frame: Spread


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one source cost on one machine.

    Attributes:
        source: Its address, without a password.
        faces_per_frame: Faces that were read or abstained from.
        dropped: Frames that the camera lost or could not decode.
        overhead: None where the source cannot be played again: a camera, a folder of pictures.
    """

    source: str
    width: int
    height: int
    frames: int
    faces_per_frame: float
    dropped: int
    detector: str
    model: str
    every_n_frames: int
    cpu_ms_per_frame: Spread
    wall_ms_per_frame: Spread
    stages: tuple[StageSummary, ...]
    overhead: Overhead | None
    peak_rss_bytes: int
    pss_bytes: int
    machine: Machine

    def as_json(self) -> dict[str, Any]:
        """Plain values of the schema ``bench/1``."""
        return {"schema": "bench/1", **asdict(self)}


def measure(settings: Settings, networks: Networks, *, frames: int, rounds: int) -> Measurement:
    """Run the source once with every stage timed and, where it can be played again, some rounds more.

    Args:
        settings: With one camera.
        networks: Already loaded.
        frames: At most so many of the source are taken.
        rounds: Of the device and of the limit, in turn.

    Raises:
        SourceError: The source cannot be opened or has no picture.
    """
    camera = settings.cameras[0]
    again = camera.source == "file"
    if again:
        run_device(settings, networks, frames)  # caches and clocks of the processor are warm
    probe, shape = StageProbe(), []

    with Device(settings, networks) as device, probe.watching(seams_of(device.source, networks.detector)):
        probed = device.run(frames, lambda frame, _: shape.append(frame.image.shape))
        memory = pss_bytes([os.getpid()])
    costs, overhead = [probed], None
    if again:
        costs, overhead = _against_the_limit(settings, networks, frames, rounds)
    return Measurement(
        source=camera.address,
        width=shape[0][1],
        height=shape[0][0],
        frames=probed.frames,
        faces_per_frame=round(probed.faces / probed.frames, 3),
        dropped=probed.dropped,
        detector=detector_name(settings, networks),
        model=f"{networks.model_name} {networks.model_version}",
        every_n_frames=settings.detector.every_n_frames,
        cpu_ms_per_frame=cpu_ms(costs),
        wall_ms_per_frame=Spread.of([1000 * cost.wall_s / cost.frames for cost in costs]),
        stages=tuple(sorted(probe.summaries(), key=lambda stage: ORDER.index(stage.stage))),
        overhead=overhead,
        peak_rss_bytes=peak_rss_bytes(),
        pss_bytes=memory,
        machine=Machine.this(),
    )


def run_device(settings: Settings, networks: Networks, frames: int) -> Cost:
    """The device once, from opening its source to its last window."""
    with Device(settings, networks) as device:
        return device.run(frames)


def detector_name(settings: Settings, networks: Networks) -> str:
    """The detector and, where there is a choice, what runs it."""
    name = networks.detector.name
    return f"{name} ({settings.detector.compact_runtime})" if name == "compact" else name


def _against_the_limit(
    settings: Settings, networks: Networks, frames: int, rounds: int
) -> tuple[list[Cost], Overhead]:
    bare = BareLoop(settings, networks, work_of(settings, networks, frames))
    ways: dict[str, Callable[[], Cost]] = {
        "device": lambda: run_device(settings, networks, frames),
        "limit": bare.run,
    }
    costs = alternate(ways, rounds)
    device, limit = costs["device"], costs["limit"]
    over = ratio(device, limit)
    return device, Overhead(
        limit_cpu_ms_per_frame=cpu_ms(limit),
        ratio=Spread(round(over.median - 1, 4), round(over.low - 1, 4), round(over.high - 1, 4), over.rounds),
        us_per_frame=difference_us(device, limit),
    )

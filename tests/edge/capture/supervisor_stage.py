"""A camera's supervisor and the capture processes that a test plays for it."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from edge.cameras import AnyCamera
from edge.capture.limits import CaptureLimits
from edge.capture.supervisor import CameraSupervisor
from edge.errors import SourceError
from tests.cameras import parse_camera
from tests.edge.capture.fake_process import FakeProcess
from tests.edge.capture.slots import post

LIVE = parse_camera({"name": "hall", "source": "rtsp", "url": "rtsp://u:secret@cam/1"})
FILM = parse_camera({"name": "film", "source": "file", "path": "film.mp4"})


class Stage:
    """A supervisor whose processes the test plays."""

    def __init__(self, camera: AnyCamera = LIVE) -> None:
        self.processes: list[FakeProcess] = []
        self.refuse: str | None = None
        self.utc_s, self.now_s = 5000.0, 0.0
        self.supervisor = CameraSupervisor(
            camera,
            CaptureLimits(backoff_min_s=1, backoff_max_s=4),
            start=self.start,
            utc=lambda: self.utc_s,
            monotonic=lambda: self.now_s,
            jitter=random.Random(1),
        )

    def start(self, camera: AnyCamera) -> FakeProcess:
        if self.refuse:
            raise SourceError(self.refuse)
        self.processes.append(FakeProcess(camera))
        return self.processes[-1]

    @property
    def playing(self) -> FakeProcess:
        return self.processes[-1]

    def stream(self, now_s: float, number: int = 0) -> None:
        """One frame, taken."""
        self.supervisor.tick(now_s)
        post(self.playing.writer, number)
        self.supervisor.tick(now_s)
        assert self.supervisor.take() is not None
        self.supervisor.release()


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    yield made
    made.supervisor.close()

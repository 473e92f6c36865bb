"""The cameras, opened once as the daemon opens them; or what the daemon that has them says."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import cv2
import pytest

from edge.capture.limits import CaptureLimits
from edge.commands.doctor import _told
from edge.contract.strict_yaml import parse
from edge.dashboard.store import Store
from edge.doctor.parts import one_frame, outbox
from edge.errors import ConfigError, SourceError
from edge.mqtt.outbox import Outbox
from edge.mqtt.settings import OutboxSettings
from edge.settings import Settings
from tests.builders import image
from tests.cameras import parse_camera
from tests.edge.contract.health_builder import a_camera


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for _ in range(5):
        writer.write(image(64, 48))
    writer.release()
    return path


def test_a_region_outside_of_the_picture_is_found_before_it_costs_a_day(film: Path) -> None:
    camera = {"name": "desk", "source": "file", "path": str(film)}
    assert "gives 64x48" in one_frame(parse_camera({**camera, "roi": [0, 0, 64, 48]}), CaptureLimits())
    with pytest.raises(SourceError, match=r"roi \[100, 60, 120, 70\] lies outside the 64x48 picture"):
        one_frame(parse_camera({**camera, "roi": [100, 60, 120, 70]}), CaptureLimits())


def test_a_camera_that_streams_what_nobody_can_analyse_is_no_good_camera() -> None:
    assert _told("camera desk", a_camera()).verdict == "ok"
    told = _told(
        "camera desk", a_camera().model_copy(update={"trouble": "no frame can be analysed: roi lies outside"})
    )
    assert (told.verdict, told.found) == ("fail", "no frame can be analysed: roi lies outside")


def test_a_file_of_something_else_where_the_outbox_should_be_is_found(tmp_path: Path, film: Path) -> None:
    text = "schema: edge/1\nsite: lab\ndevice: pi\npurpose: personal\nmqtt: {host: b}\n"
    text += f"cameras: [{{name: a, source: file, path: {film}}}]\noutbox: {{path: %s}}\n"
    history = tmp_path / "history.sqlite3"
    Store(history).close()
    with pytest.raises(ConfigError, match=r"another program's database.*outbox.path"):
        outbox(parse(text % history, Settings, "edge.yaml"))
    with pytest.raises(SourceError, match=r"not a database.*set it aside"):
        outbox(parse(text % film, Settings, "edge.yaml"))
    ours = tmp_path / "outbox.sqlite3"
    Outbox(OutboxSettings(path=ours)).close()
    assert str(ours) in outbox(parse(text % ours, Settings, "edge.yaml"))
    with closing(Outbox(OutboxSettings(path=ours))):  # the daemon has it
        assert str(ours) in outbox(parse(text % ours, Settings, "edge.yaml"))
    assert not list(tmp_path.glob("*-shm"))

"""The preview of the real daemon: a real face, looked at from outside."""

from __future__ import annotations

import http.client
import time
from pathlib import Path

import cv2
import pytest

from edge.datatypes import BgrImage, Box
from edge.detectors.haar import HaarDetector
from tests.edge.preview.decoding import decoded
from tests.faces import ASTRONAUT_FACE, astronaut
from tests.integration.daemon_process import StartDaemon, configuration, looping, start_daemon
from tests.integration.mosquitto import Mosquitto, free_port, mosquitto

__all__ = ["mosquitto", "start_daemon"]  # the fixtures
pytestmark = [pytest.mark.integration, pytest.mark.broker]

TOKEN = "correct-horse-battery"


def portrait_film(folder: Path) -> Path:
    """Two seconds of a real face that moves a little, 10 frames a second."""
    path = folder / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (400, 400))
    for turn in range(20):
        shift = 20 + abs(10 - turn)
        writer.write(astronaut()[20:420, shift : 400 + shift])
    writer.release()
    return path


def ask(port: int, path: str, token: str = TOKEN) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except OSError:  # not yet listening
        return 0, b""
    finally:
        connection.close()


def faces_in(picture: BgrImage) -> int:
    """Faces near where hers is that the cascade of the daemon itself would find."""
    hers = Box(*(side - 25 for side in ASTRONAUT_FACE))
    found = HaarDetector(1.1, 5, 32, score=0.0).detect(picture)
    return sum(one.box.iou(hers) > 0.2 for one in found)


@pytest.mark.parametrize("pixelate", [True, False])
def test_stills_show_faces_pixelated_unless_that_is_switched_off(
    mosquitto: Mosquitto, start_daemon: StartDaemon, tmp_path: Path, pixelate: bool
) -> None:
    mosquitto.start()
    port, secret = free_port(), tmp_path / "token"
    secret.write_text(TOKEN)
    config = configuration(
        tmp_path,
        mosquitto.port,
        looping(portrait_film(tmp_path)),
        http={
            "bind": f"127.0.0.1:{port}",
            "preview": {"enabled": True, "token_file": str(secret), "pixelate": pixelate},
        },
    )
    daemon = start_daemon(config)
    daemon.wait_for(lambda: ask(port, "/preview/film.jpg")[0] == 200, 60)
    seen = 0
    for _ in range(5):
        status, body = ask(port, "/preview/film.jpg")
        assert (status, ask(port, "/preview/film.jpg", "not-the-right-token")[0]) == (200, 401)
        seen += faces_in(decoded(body))
    assert seen == 0 if pixelate else seen >= 3
    assert b"film.mjpeg" in ask(port, "/preview")[1]
    assert TOKEN not in daemon.log
    assert f"faces={'pixelated' if pixelate else 'NOT pixelated'}" in daemon.log
    code, seconds = daemon.terminate()
    assert (code, seconds < 5) == (0, True), daemon.log


def test_a_viewer_that_stops_reading_is_dropped_and_the_frames_go_on(
    mosquitto: Mosquitto, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    mosquitto.start()
    subscriber = mosquitto.subscribe()
    port = free_port()
    config = configuration(
        tmp_path,
        mosquitto.port,
        looping(portrait_film(tmp_path)),
        http={
            "bind": f"127.0.0.1:{port}",
            "preview": {
                "enabled": True,
                "token": TOKEN,
                "max_viewers": 1,
                "max_fps": 15.0,
                "max_side_px": 1920,
            },
        },
    )
    daemon = start_daemon(config)
    daemon.wait_for(lambda: ask(port, "/preview/film.jpg")[0] == 200, 60)
    stuck = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    stuck.request("GET", "/preview/film.mjpeg", headers={"Authorization": f"Bearer {TOKEN}"})
    stream = stuck.getresponse()
    assert stream.status == 200
    before = len(subscriber.wait_for(1, "/film/window"))
    assert ask(port, "/preview/film.jpg")[0] == 503
    began_s = time.monotonic()
    daemon.wait_for(lambda: ask(port, "/preview/film.jpg")[0] == 200, 90)  # its place is free again
    windows = subscriber.wait_for(before + 3, "/film/window")
    assert len(windows) - before >= 0.6 * (time.monotonic() - began_s)
    stream.close()

"""Health of the real daemon: record, HTTP and metrics, with a camera that is absent."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from edge.contract import health
from tests.integration.daemon_process import StartDaemon, configuration, film, looping, start_daemon
from tests.integration.mosquitto import Mosquitto, free_port, mosquitto

__all__ = ["mosquitto", "start_daemon"]  # the fixtures
pytestmark = [pytest.mark.integration, pytest.mark.broker]


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as err:
        with err:
            return err.code, err.read().decode()
    except OSError:
        return 0, ""


def test_a_daemon_tells_how_it_is_and_why_it_is_not_ready(
    mosquitto: Mosquitto, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    port, record = free_port(), tmp_path / "health.json"
    config = configuration(
        tmp_path,
        mosquitto.port,
        looping(film(tmp_path)),
        http={"bind": f"127.0.0.1:{port}"},
        health={"path": str(record)},
    )
    daemon = start_daemon(config)
    daemon.wait_for(lambda: "connection refused" in get(port, "/readyz")[1], 60)
    assert get(port, "/livez") == (200, "alive\n")
    mosquitto.start()
    daemon.wait_for(lambda: get(port, "/readyz")[0] == 200)
    daemon.wait_for(lambda: health.read(record).broker.delivered > 0)
    text = get(port, "/metrics")[1]
    assert 'emotion_stage_seconds_count{stage="detect"}' in text
    assert 'emotion_camera_streaming{camera="film"} 1.0' in text
    assert json.loads(get(port, "/readyz")[1]) == {"ready": True, "reasons": []}
    code, seconds = daemon.terminate()
    assert (code, seconds < 5) == (0, True), daemon.log
    assert not record.exists()

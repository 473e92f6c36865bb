from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from edge.errors import ConfigError
from edge.health.board import HealthBoard
from edge.health.http_server import HealthServer
from edge.health.metrics import Metrics
from tests.edge.contract.health_builder import a_camera, a_record


class Site:
    """A server on a free port, and the clock of its board."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.board = HealthBoard(monotonic=lambda: self.now_s)
        self.metrics = Metrics(self.board)
        self.server = HealthServer(("127.0.0.1", 0), self.board, self.metrics.text)

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.server.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as err:
            with err:
                return err.code, err.read().decode()


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.server.close()


def test_it_is_alive_while_the_main_loop_turns_and_nothing_is_stuck(site: Site) -> None:
    assert site.get("/livez") == (200, "alive\n")
    site.now_s = 11.0
    assert site.get("/livez") == (503, "stuck\n")
    site.board.post(a_record(), sound=True)
    assert site.get("/livez")[0] == 200
    site.board.post(a_record(), sound=False)
    assert site.get("/livez")[0] == 503


def test_it_is_ready_when_the_record_says_so_else_it_says_why(site: Site) -> None:
    status, body = site.get("/readyz")
    assert (status, json.loads(body)["reasons"]) == (503, ["starting"])
    site.board.post(a_record(), sound=True)
    assert site.get("/readyz?verbose")[0] == 200
    site.board.post(a_record(ready=False, reasons=["camera door: stalled"]), sound=True)
    assert json.loads(site.get("/readyz")[1]) == {"ready": False, "reasons": ["camera door: stalled"]}


def test_metrics_tell_counts_gauges_and_stage_times(site: Site) -> None:
    cameras = {"door": a_camera(), "yard": a_camera("stalled", frame_age_s=None)}
    site.board.post(a_record(cameras=cameras), sound=True)
    site.metrics.observe("detect", 0.03)
    status, text = site.get("/metrics")
    assert status == 200
    lines = set(text.splitlines())
    assert {
        'emotion_camera_frames_total{camera="door"} 120.0',
        'emotion_camera_dropped_total{camera="door"} 3.0',
        'emotion_camera_skipped_total{camera="door"} 0.0',
        'emotion_camera_reconnects_total{camera="yard"} 1.0',
        'emotion_camera_streaming{camera="yard"} 0.0',
        'emotion_frame_age_seconds{camera="door"} 0.1',
        "emotion_windows_delivered_total 42.0",
        "emotion_outbox_rows 2.0",
        "emotion_outbox_oldest_seconds 1.5",
        "emotion_temperature_celsius 61.5",
        'emotion_stage_seconds_bucket{le="0.05",stage="detect"} 1.0',
        'emotion_stage_seconds_bucket{le="0.02",stage="detect"} 0.0',
    } <= lines
    assert 'frame_age_seconds{camera="yard"}' not in text


def test_anything_else_is_not_there(site: Site) -> None:
    assert site.get("/")[0] == 404
    assert site.get("/metrics/../livez")[0] == 404


def test_an_address_in_use_is_a_fault_of_the_configuration(site: Site) -> None:
    with pytest.raises(ConfigError, match=r"http\.bind: 127\.0\.0\.1:\d+: cannot be listened to"):
        HealthServer(("127.0.0.1", site.server.port), site.board, None)

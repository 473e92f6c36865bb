from __future__ import annotations

import errno
import json
import re
import threading
import time
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


def test_a_hanging_main_loop_is_neither_ready_nor_streaming_to_anybody(site: Site) -> None:
    site.board.post(a_record(cameras={"door": a_camera()}), sound=True)
    site.now_s = 3600.0
    assert json.loads(site.get("/readyz")[1]) == {"ready": False, "reasons": ["the main loop is stuck"]}
    lines = set(site.get("/metrics")[1].splitlines())
    assert {
        "emotion_ready 0.0",
        'emotion_camera_streaming{camera="door"} 0.0',
        'emotion_frame_age_seconds{camera="door"} 3600.1',
    } <= lines


def test_an_address_that_is_not_there_yet_is_waited_for_and_told(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.health.http_server._TRIED_EVERY_S", 0.02)
    late = HealthServer(("127.0.0.1", site.server.port), site.board, None)
    assert re.fullmatch(
        r"http\.bind: 127\.0\.0\.1:\d+: cannot be listened to: Address already in use", late.trouble or ""
    )
    port = site.server.port
    site.server.close()
    until = time.monotonic() + 10
    while late.trouble:
        assert time.monotonic() < until
        time.sleep(0.01)
    assert late.port == port
    assert urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=5).read() == b"alive\n"
    late.close()
    site.server = HealthServer(("127.0.0.1", 0), site.board, site.metrics.text)


def test_it_can_be_closed_before_it_has_begun_to_serve(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, serve = threading.Event(), HealthServer._serve

    def late(server: HealthServer) -> None:
        begun.wait(10)
        serve(server)

    monkeypatch.setattr(HealthServer, "_serve", late)
    server = HealthServer(("127.0.0.1", 0), site.board, None)
    closing = threading.Thread(target=server.close)
    closing.start()
    time.sleep(0.05)
    begun.set()
    closing.join(10)
    assert not closing.is_alive()


def test_one_that_is_never_there_can_be_given_up(site: Site) -> None:
    waiting = HealthServer(("192.0.2.5", 8080), site.board, None)
    assert "192.0.2.5:8080" in (waiting.trouble or "")
    waiting.close()


def test_an_address_that_is_forbidden_is_a_fault_of_the_configuration(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("edge.health.http_server.BoundedServer", forbidden)
    with pytest.raises(ConfigError, match=r"http\.bind: 127\.0\.0\.1:80: cannot be listened to: Permission"):
        HealthServer(("127.0.0.1", 80), site.board, None)

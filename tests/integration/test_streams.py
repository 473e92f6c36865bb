"""Cameras on the network: broken for real, and back again."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.camera_servers import ServedCamera, http_camera, missing_gi_module, rtsp_camera
from tests.integration.watched_camera import Watch

pytestmark = [pytest.mark.integration, pytest.mark.camera]

NO_RTSP = missing_gi_module("Gst", "GstRtspServer")
NO_GSTREAMER = missing_gi_module("Gst", "GstApp")

RTSP = pytest.param("rtsp", marks=pytest.mark.skipif(NO_RTSP is not None, reason=str(NO_RTSP)))


@pytest.fixture(params=["http", RTSP])
def served(request: pytest.FixtureRequest) -> Iterator[tuple[ServedCamera, Watch]]:
    kind = str(request.param)
    server = http_camera() if kind == "http" else rtsp_camera()
    url = f"{kind}://viewer:s3cret@127.0.0.1:{server.port}/cam"
    watch = Watch({"source": kind, "url": url, "open_timeout_s": 4, "read_timeout_s": 5})
    yield server, watch
    watch.supervisor.close()
    server.kill()


def test_a_camera_that_is_absent_at_first_is_found_when_it_comes(served: tuple[ServedCamera, Watch]) -> None:
    server, watch = served
    watch.until(lambda: "no video stream" in watch.reasons)
    server.start()

    assert watch.until(watch.more(10)) < 4.0
    assert watch.shape == (240, 320, 3)


def test_a_camera_that_is_killed_and_revived_delivers_again(served: tuple[ServedCamera, Watch]) -> None:
    server, watch = served
    server.start()
    watch.until(watch.more(10))
    server.kill()
    watch.until(watch.in_state("reconnecting"))
    server.start()

    watch.until(watch.more(10))

    assert watch.states[-2:] == ["reconnecting", "streaming"]
    assert "s3cret" not in watch.reasons


def test_a_camera_that_hangs_is_announced_killed_and_found_again(served: tuple[ServedCamera, Watch]) -> None:
    server, watch = served
    server.start()
    watch.until(watch.more(10))
    server.signal(signal.SIGSTOP)
    assert watch.until(watch.in_state("stalled")) < 2.0
    watch.until(watch.in_state("reconnecting"))
    assert "no frame for 2 s" in watch.reasons
    server.signal(signal.SIGCONT)

    watch.until(watch.more(10))

    assert watch.supervisor.state.state == "streaming"


def test_fewer_frames_are_taken_when_fewer_are_wanted() -> None:
    server = http_camera()
    server.start()
    watch = Watch({"source": "http", "url": f"http://127.0.0.1:{server.port}/", "fps": 5})
    watch.until(watch.more(2))

    took_s = watch.until(watch.more(10))

    watch.supervisor.close()
    server.kill()
    assert took_s == pytest.approx(2.0, abs=0.5)
    assert watch.indexes == list(range(len(watch.indexes)))


@pytest.mark.skipif(NO_RTSP is not None, reason=str(NO_RTSP))
def test_a_wrong_password_is_told_without_telling_it() -> None:
    server = rtsp_camera()
    server.start()
    watch = Watch(
        {"source": "rtsp", "url": f"rtsp://viewer:wr0ng@127.0.0.1:{server.port}/cam", "open_timeout_s": 4}
    )
    watch.until(lambda: "password" in watch.reasons)
    watch.supervisor.close()
    server.kill()

    assert "wr0ng" not in watch.reasons


@pytest.mark.skipif(NO_GSTREAMER is not None, reason=str(NO_GSTREAMER))
def test_a_gstreamer_pipeline_delivers_under_the_systems_python() -> None:
    source = "videotestsrc is-live=true pattern=white ! video/x-raw,width=322,height=240,framerate=30/1"
    watch = Watch({"source": "gstreamer", "pipeline": source})
    watch.until(watch.more(20))
    watch.supervisor.close()

    assert watch.shape == (240, 322, 3)


@pytest.mark.skipif(NO_GSTREAMER is not None, reason=str(NO_GSTREAMER))
def test_a_gstreamer_frame_has_its_colours_in_our_order() -> None:
    watch = Watch(
        {
            "source": "gstreamer",
            "pipeline": "videotestsrc is-live=true pattern=red ! video/x-raw,width=322,height=240",
        }
    )
    watch.until(watch.more(1))
    watch.supervisor.close()

    blue, green, red = watch.last_pixel
    assert red > 240
    assert max(blue, green) < 10


@pytest.mark.skipif(NO_GSTREAMER is not None, reason=str(NO_GSTREAMER))
@pytest.mark.parametrize(
    ("pipeline", "reason"),
    [
        ("nosuchelement", "no element"),
        ("filesrc location=/nonexistent.avi ! avidemux", "nonexistent.avi"),
        ("videotestsrc is-live=true num-buffers=5", "ended after"),
        ("videotestsrc ! broken ! !", "cannot be built"),
    ],
)
def test_a_gstreamer_pipeline_that_fails_says_why(pipeline: str, reason: str) -> None:
    watch = Watch({"source": "gstreamer", "pipeline": pipeline})

    watch.until(lambda: reason in watch.reasons)

    watch.supervisor.close()


@pytest.mark.skipif(NO_GSTREAMER is not None, reason=str(NO_GSTREAMER))
def test_a_gstreamer_pipeline_that_ends_has_ended() -> None:
    watch = Watch(
        {"source": "gstreamer", "pipeline": "videotestsrc num-buffers=5 ! video/x-raw,width=64,height=48"}
    )

    watch.until(watch.in_state("ended"))

    watch.supervisor.close()
    assert watch.frames >= 1


def test_reconnecting_leaks_no_files_processes_or_memory(tmp_path: Path) -> None:
    watch = Watch({"source": "file", "path": str(tmp_path / "absent.mp4")})
    watch.until(lambda: "no such file" in watch.reasons)
    before = len(list(Path("/proc/self/fd").iterdir())), _mappings()
    for _ in range(5):
        watch.until(lambda: bool(watch.supervisor.filenos()))
        watch.until(lambda: not watch.supervisor.filenos())

    watch.supervisor.close()
    assert len(list(Path("/proc/self/fd").iterdir())) <= before[0]
    assert _mappings() <= before[1]


def _mappings() -> int:
    return Path("/proc/self/maps").read_text().count("emotion-edge-slot")

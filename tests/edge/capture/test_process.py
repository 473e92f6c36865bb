"""Real capture processes, each on a small film."""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.cameras import AnyCamera
from edge.capture.limits import CaptureLimits
from edge.capture.process import CaptureProcess, command
from edge.capture.supervisor import CameraSupervisor
from edge.datatypes import Frame
from edge.errors import SourceError
from tests.cameras import parse_camera
from tests.edge.sources.films import make_film, shade


def film_camera(path: Path, **fields: object) -> AnyCamera:
    return parse_camera({"name": "film", "source": "file", "path": str(path), "pace": "fastest", **fields})


def wait_for(condition: object, supervisor: CameraSupervisor, seconds: float = 8.0) -> list[tuple[int, int]]:
    """Turn the loop until ``condition()``; (index, grey) of each frame taken."""
    assert callable(condition)
    seen = []
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"still {supervisor.state} after {seconds} s"
        select.select(supervisor.filenos(), [], [], 0.05)
        supervisor.tick(time.monotonic())
        frame: Frame | None = supervisor.take()
        if frame is not None:
            seen.append((frame.index, int(frame.image[5, 5, 0])))
            supervisor.release()
    return seen


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_film_comes_through_its_process_without_a_loss_and_ends(tmp_path: Path) -> None:
    before = open_files()
    supervisor = CameraSupervisor(film_camera(make_film(tmp_path / "film.avi", frames=30)))

    seen = wait_for(lambda: supervisor.state.state == "ended", supervisor)
    supervisor.close()

    assert [index for index, _ in seen] == list(range(30))
    assert all(abs(grey - shade(index)) <= 6 for index, grey in seen)
    assert open_files() == before


def test_a_process_that_is_killed_or_stopped_dead_is_replaced_and_nothing_leaks(tmp_path: Path) -> None:
    before = open_files()
    limits = CaptureLimits(stalled_after_s=0.3, kill_after_s=0.6, backoff_min_s=0.05, backoff_max_s=0.1)
    film = make_film(tmp_path / "film.avi", frames=30, fps=30)
    supervisor = CameraSupervisor(film_camera(film, loop=True, pace="camera"), limits)

    def streaming() -> bool:
        return supervisor.state.state == "streaming"

    wait_for(streaming, supervisor)
    first = running_pid(supervisor)
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: not streaming(), supervisor)
    assert "SIGKILL" in supervisor.state.reason
    wait_for(streaming, supervisor)

    second = running_pid(supervisor)
    os.kill(second, signal.SIGSTOP)  # a driver that hangs
    wait_for(lambda: supervisor.state.state == "stalled", supervisor)
    wait_for(streaming, supervisor)
    assert len({first, second, running_pid(supervisor)}) == 3
    supervisor.close()

    assert open_files() == before
    for pid in (first, second):
        assert not Path(f"/proc/{pid}").exists(), "a zombie was left"


def running_pid(supervisor: CameraSupervisor) -> int:
    process = supervisor._process
    assert isinstance(process, CaptureProcess)
    return process.pid


def test_a_missing_file_is_retried_like_a_camera_and_then_found(tmp_path: Path) -> None:
    path = tmp_path / "film.avi"
    limits = CaptureLimits(backoff_min_s=0.05, backoff_max_s=0.1)
    supervisor = CameraSupervisor(film_camera(path), limits)
    wait_for(lambda: "no such file" in supervisor.state.reason, supervisor)

    make_film(path, frames=5)

    assert len(wait_for(lambda: supervisor.state.state == "ended", supervisor)) == 5
    supervisor.close()


def test_ctrl_c_is_not_for_the_capture_process_and_closing_ends_it_at_once(tmp_path: Path) -> None:
    supervisor = CameraSupervisor(film_camera(make_film(tmp_path / "film.avi", frames=30), loop=True))
    wait_for(lambda: supervisor.state.state == "streaming", supervisor)
    pid = running_pid(supervisor)
    os.kill(pid, signal.SIGINT)
    until = time.monotonic() + 0.2
    wait_for(lambda: time.monotonic() > until, supervisor)
    assert supervisor.state.state == "streaming"
    assert running_pid(supervisor) == pid

    began = time.monotonic()
    supervisor.stop()
    supervisor.close()

    assert time.monotonic() - began < 1.0
    assert not Path(f"/proc/{pid}").exists()


_ORPHAN = """
import os, sys, time
from tests.cameras import parse_camera
from edge.capture.process import CaptureProcess
process = CaptureProcess(parse_camera({"name": "a", "source": "file", "path": sys.argv[1], "loop": True}))
while not process.frames.waiting():
    time.sleep(0.01)
print(process.pid, flush=True)
os.kill(os.getpid(), 9)
"""


def test_a_capture_process_dies_with_a_daemon_that_was_killed(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.avi", frames=30)
    daemon = subprocess.run(
        [sys.executable, "-c", _ORPHAN, str(film)], capture_output=True, check=False, timeout=20
    )
    orphan = Path(f"/proc/{int(daemon.stdout)}/stat")
    until = time.monotonic() + 3

    while orphan.exists() and orphan.read_text().rpartition(")")[2].split()[0] != "Z":
        assert time.monotonic() < until, "the capture process outlived its daemon"
        time.sleep(0.02)


def test_the_camera_is_not_among_the_arguments(tmp_path: Path) -> None:
    camera = parse_camera({"name": "a", "source": "rtsp", "url": "rtsp://u:secret@127.0.0.1:9/1"})
    process = CaptureProcess(camera)
    arguments = Path(f"/proc/{process.pid}/cmdline").read_bytes()
    process.close(1.0)

    assert b"secret" not in arguments


@contextlib.contextmanager
def limited(kind: int, soft: int) -> Iterator[None]:
    before = resource.getrlimit(kind)
    resource.setrlimit(kind, (soft, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(kind, before)


def address_space_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def test_wherever_files_run_out_the_camera_is_named_and_nothing_leaks(tmp_path: Path) -> None:
    camera = film_camera(make_film(tmp_path / "film.avi", frames=3))
    before, refusals, process = open_files(), [], None
    most = 0
    while process is None:
        most += 1  # each descriptor that is needed is in its turn the first that there is none left for
        with contextlib.suppress(SourceError), limited(resource.RLIMIT_NOFILE, most):
            try:
                process = CaptureProcess(camera)
            except SourceError as err:
                refusals.append(str(err))
                raise
        assert process or open_files() == before
    process.close(0.0)

    assert open_files() == before
    assert len(refusals) >= 8
    assert all("camera film" in refusal and "ulimit -n" in refusal for refusal in refusals)


def test_a_camera_without_memory_is_told_and_tried_again(tmp_path: Path) -> None:
    before = open_files()
    limits = CaptureLimits(backoff_min_s=0.05, backoff_max_s=0.1)
    supervisor = CameraSupervisor(film_camera(make_film(tmp_path / "film.avi", frames=3)), limits)
    with limited(resource.RLIMIT_AS, address_space_bytes() + (100 << 20)):
        supervisor.tick(time.monotonic())

    assert supervisor.failures == 1
    assert "camera film" in supervisor.state.reason
    assert "Cannot allocate memory" in supervisor.state.reason
    assert "ulimit -v" in supervisor.state.reason
    assert open_files() == before
    assert len(wait_for(lambda: supervisor.state.state == "ended", supervisor)) == 3
    supervisor.close()


def test_a_folder_of_damaged_pictures_never_counts_as_streaming(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(b"no picture")
    camera = parse_camera({"name": "folder", "source": "images", "path": str(tmp_path), "loop": True})
    supervisor = CameraSupervisor(camera, CaptureLimits(backoff_min_s=0.05, backoff_max_s=0.1))
    states = set()

    def failed_thrice() -> bool:
        states.add(supervisor.state.state)
        return supervisor.failures >= 3

    wait_for(failed_thrice, supervisor, seconds=20.0)
    supervisor.close()

    assert states == {"reconnecting"}
    assert "none of its 2 pictures can be decoded" in supervisor.state.reason


def test_system_cameras_run_isolated_under_the_python_of_their_configuration() -> None:
    camera = parse_camera({"name": "a", "source": "picamera2", "python": "/usr/bin/python3.99"})

    assert command(camera)[:2] == ["/usr/bin/python3.99", "-I"]
    with pytest.raises(SourceError, match=r"cannot be started: .*python3\.99"):
        CaptureProcess(camera)

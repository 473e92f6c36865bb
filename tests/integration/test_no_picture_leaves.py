"""Privacy by the kernel's own account: every byte that the daemon writes or sends, by strace."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import pytest

from tests.integration.daemon_process import ROOT, configuration, film
from tests.integration.mosquitto import Mosquitto, free_port, mosquitto

__all__ = ["mosquitto"]  # the fixture
pytestmark = [
    pytest.mark.integration,
    pytest.mark.broker,
    pytest.mark.skipif(shutil.which("strace") is None, reason="apt install strace"),
]

OUT = "write,pwrite64,writev,pwritev,pwritev2,sendto,sendmsg,sendmmsg,sendfile,splice,copy_file_range"
#: Enough that chance cannot make it, short enough for a part of a row of pixels.
RUN_BYTES = 16
_CALL = re.compile(r"^\d+\s+(\w+)\((.*)$")
_HEX = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_PATH = re.compile(r"<((?:/|\\x2f)[^>]*)>")


class Call(NamedTuple):
    """One system call; ``content`` is what it wrote."""

    name: str
    text: str
    content: bytes


def calls(trace: Path) -> Iterator[Call]:
    for line in trace.read_text(errors="replace").splitlines():
        found = _CALL.match(line)
        if found is None or found[1] not in {*OUT.split(","), "mmap", "openat"}:
            continue
        content = b"".join(bytes.fromhex(part.replace("\\x", "")) for part in _HEX.findall(found[2]))
        yield Call(found[1], found[2], content)


def runs_of(content: bytes) -> set[bytes]:
    return {content[at : at + RUN_BYTES] for at in range(len(content) - RUN_BYTES + 1)}


def what_must_not_leave(path: Path) -> set[bytes]:
    """Every run of pixels, in colour and in grey, and of the compressed film; padding apart."""
    runs = runs_of(path.read_bytes()[4096:])
    capture = cv2.VideoCapture(str(path))
    while True:
        read, image = capture.read()
        if not read:
            return {run for run in runs if len(set(run)) > RUN_BYTES // 2}
        for form in (image, image[..., ::-1], cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)):
            runs |= runs_of(np.ascontiguousarray(form).tobytes())


@pytest.mark.parametrize("preview", [False, {"enabled": True, "token": "correct-horse-battery"}])
def test_no_byte_of_any_picture_reaches_a_file_or_a_socket_unless_somebody_looks(
    mosquitto: Mosquitto, tmp_path: Path, preview: dict[str, Any] | bool
) -> None:
    mosquitto.start()
    subscriber = mosquitto.subscribe()
    recording = film(tmp_path, seconds=1.0)
    camera = {"name": "film", "source": "file", "path": str(recording), "loop": True}
    config = configuration(
        tmp_path,
        mosquitto.port,
        camera,
        http={"bind": f"127.0.0.1:{free_port()}", "preview": preview},
        health={"path": str(tmp_path / "health.json")},
    )
    trace = tmp_path / "trace.txt"
    command = ["strace", "-f", "-y", "-qq", "-xx", "-s", "65536", "-o", str(trace)]
    command += [
        "-e",
        f"trace={OUT},mmap,openat",
        sys.executable,
        "-m",
        "edge",
        "run",
        "--config",
        str(config),
    ]
    with (tmp_path / "log").open("wb") as log:
        traced = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        subscriber.wait_for(4, "/film/window", timeout_s=120)
        subscriber.wait_for(1, "/stats", timeout_s=60)
    finally:
        children = Path(f"/proc/{traced.pid}/task/{traced.pid}/children").read_text().split()
        for child in children:  # strace passes no signal on
            subprocess.run(["kill", "-TERM", child], check=False)
        traced.wait(30)

    forbidden = what_must_not_leave(recording)
    written = shared = 0
    for call in calls(trace):
        if call.name in OUT.split(","):
            written += len(call.content)
            assert not runs_of(call.content) & forbidden, call.text[:200]
            assert b"\xff\xd8\xff" not in call.content, "a JPEG"
            assert b"\x89PNG" not in call.content, "a PNG"
        elif call.name == "mmap" and "MAP_SHARED" in call.text and "PROT_WRITE" in call.text:
            shared += 1
            (path,) = _PATH.findall(call.text)
            assert "memfd:emotion-edge-slot" in decoded(path), "pictures live in this memory alone"
        elif call.name == "openat" and re.search(r"O_WRONLY|O_RDWR|O_CREAT", call.text):
            opened = call.content.decode()
            # Libraries probe the temporary folder; what they write there is looked through like all else.
            allowed = ("/dev/null", str(tmp_path), "/proc/self/", "/dev/shm/sem.", tempfile.gettempdir())
            assert opened.startswith(allowed) or "__pycache__" in opened, opened
    assert written > 5000, "the trace shows what was published"
    assert shared >= 1, "the trace shows where frames live"


def decoded(path: str) -> str:
    return re.sub(r"\\x([0-9a-f]{2})", lambda match: chr(int(match[1], 16)), path)


def test_the_search_would_find_a_picture(tmp_path: Path) -> None:
    recording = film(tmp_path, seconds=0.3)
    _, image = cv2.VideoCapture(str(recording)).read()
    face = image[10:58, 10:58]
    assert runs_of(b"{}" + face.tobytes()) & what_must_not_leave(recording)
    assert not runs_of(b'{"schema":"emotion.window/1","shares":{"happy":0.62}}') & what_must_not_leave(
        recording
    )

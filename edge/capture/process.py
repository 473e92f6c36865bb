"""Starts and stops the capture process of one camera, and owns the files shared with it."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from edge.cameras import AnyCamera, GstreamerCamera, PiCamera
from edge.capture.capacity import capacity_bytes
from edge.capture.messages import MessageReader
from edge.capture.slot import SlotReader
from edge.capture.slot_memory import create_slot
from edge.errors import SourceError

_SYSTEM_WORKER = Path(__file__).with_name("system_worker.py")
_ROOT = Path(__file__).resolve().parents[2]
#: A capture process decodes in one thread: buffers and heaps for more only cost memory.
_LEAN = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}
_TOO_MANY_FILES = "too many files are open: raise the limit (ulimit -n, LimitNOFILE= of systemd)"
_NO_ROOM = "memory or processes have run out: run fewer cameras or raise the limit (ulimit -v, ulimit -u)"
_NO_PYTHON = "check that the Python named there is installed and may be run"
_REMEDIES = {
    errno.EMFILE: _TOO_MANY_FILES,
    errno.ENFILE: _TOO_MANY_FILES,
    errno.ENOMEM: _NO_ROOM,
    errno.EAGAIN: _NO_ROOM,
    errno.ENOENT: _NO_PYTHON,
    errno.EACCES: _NO_PYTHON,
}


class CaptureProcess:
    """One running capture process; it dies with the thread that started it, so start it from the main one.

    Attributes:
        frames: The daemon's side of the slot.
        messages: What the process tells.

    Raises:
        SourceError: The process cannot be started.
    """

    def __init__(self, camera: AnyCamera) -> None:
        self._shared = contextlib.ExitStack()
        try:
            self._process = self._begin(camera)
        except OSError as err:
            self._shared.close()
            remedy = _REMEDIES.get(err.errno or 0, "check the system's log (dmesg)")
            raise SourceError(
                f"camera {camera.name}: its capture process cannot be started: {err}; {remedy}"
            ) from err

    def _begin(self, camera: AnyCamera) -> subprocess.Popen[bytes]:
        """Everything before the process, so that there is none to end where something else fails."""
        slot = create_slot(capacity_bytes(camera))
        with contextlib.ExitStack() as lent:  # the process has copies, the mapping needs no file
            for fd in (slot.memory, slot.mail_write, slot.back_read):
                lent.callback(os.close, fd)
            for fd in (slot.mail_read, slot.back_write):
                self._shared.callback(os.close, fd)
            told, tell = os.pipe2(os.O_CLOEXEC)
            lent.callback(os.close, tell)
            self._shared.callback(os.close, told)
            os.set_blocking(told, False)
            self.messages = MessageReader(told)
            self.frames = SlotReader(slot.memory, slot.mail_read, slot.back_write)
            self._shared.callback(self.frames.close)
            inherited = slot._asdict() | {"messages": tell}
            del inherited["back_write"]
            return _spawn(camera, inherited)

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    def exit_reason(self) -> str | None:
        """Why the process is gone, None while it runs; reaps it."""
        code = self._process.poll()
        if code is None:
            return None
        if code < 0:
            return f"capture process died of {signal.Signals(-code).name}"
        return f"capture process left with status {code}"

    def terminate(self) -> None:
        """Ask it to close the camera and leave."""
        self._process.terminate()

    def kill(self) -> None:
        """End it at once; only this frees a camera whose driver hangs."""
        self._process.kill()

    def close(self, within_s: float) -> None:
        """Stop the process and release everything shared with it; may be called twice.

        A process that the kernel cannot end (stuck in a driver) is left to it after a moment.
        """
        if self._process.poll() is None:
            self.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(within_s)
        if self._process.poll() is None:
            self.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(0.5)
        self._shared.close()


def command(camera: AnyCamera) -> list[str]:
    """What runs the capture process: our Python, or the system's for picamera2 and GStreamer."""
    if isinstance(camera, PiCamera | GstreamerCamera):
        # Isolated: no PYTHONPATH, no user packages, not this folder on the path.
        return [str(camera.python), "-I", str(_SYSTEM_WORKER)]
    return [sys.executable, "-m", "edge.capture.worker"]


def _spawn(camera: AnyCamera, inherited: dict[str, int]) -> subprocess.Popen[bytes]:
    seat = {**inherited, "parent": os.getpid(), "lossless": camera.lossless}
    with os.fdopen(os.memfd_create("emotion-edge-camera"), "w+b") as settings:
        fields = camera.model_dump(mode="json") | {"address": camera.address}
        settings.write(json.dumps(fields).encode())
        settings.seek(0)
        return subprocess.Popen(
            [*command(camera), json.dumps(seat)],
            stdin=settings,
            stdout=subprocess.DEVNULL,
            pass_fds=tuple(inherited.values()),
            env=_environment(),
            start_new_session=True,  # a terminal's Ctrl-C is for the daemon
        )


def _environment() -> dict[str, str]:
    """Ours, lean; from a source tree that is not installed, with the tree on the path."""
    ours = {**os.environ, **_LEAN}
    if _ROOT.name in {"site-packages", "dist-packages"}:
        return ours
    path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
    return {**ours, "PYTHONPATH": path}

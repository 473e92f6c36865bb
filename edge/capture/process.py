"""Starts and stops the capture process of one camera, and owns the files shared with it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from edge.cameras import AnyCamera, GstreamerCamera, PiCamera
from edge.capture.messages import MessageReader
from edge.capture.slot import SlotReader
from edge.capture.slot_memory import create_slot
from edge.errors import SourceError

_SYSTEM_WORKER = Path(__file__).with_name("system_worker.py")
_ROOT = Path(__file__).resolve().parents[2]


class CaptureProcess:
    """One running capture process; it dies with the thread that started it, so start it from the main one.

    Attributes:
        frames: The daemon's side of the slot.
        messages: What the process tells.

    Raises:
        SourceError: The process cannot be started.
    """

    def __init__(self, camera: AnyCamera) -> None:
        slot = create_slot()
        told, tell = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(told, False)
        inherited = {
            "memory": slot.memory,
            "mail_read": slot.mail_read,
            "mail_write": slot.mail_write,
            "back_read": slot.back_read,
            "messages": tell,
        }
        try:
            self._process = _spawn(camera, inherited)
        except OSError as err:
            slot.close()
            os.close(told)
            raise SourceError(f"camera {camera.name}: its capture process cannot be started: {err}") from err
        finally:
            os.close(tell)
        os.close(slot.mail_write)
        os.close(slot.back_read)
        self.frames = SlotReader(slot.memory, slot.mail_read, slot.back_write)
        self.messages = MessageReader(told)
        self._owned = [slot.mail_read, slot.back_write, told]
        os.close(slot.memory)  # the mapping stays

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
        if self._owned:
            self.frames.close()
        while self._owned:
            os.close(self._owned.pop())


def command(camera: AnyCamera) -> list[str]:
    """What runs the capture process: our Python, or the system's for picamera2 and GStreamer."""
    if isinstance(camera, PiCamera | GstreamerCamera):
        # Isolated: no PYTHONPATH, no user packages, not this folder on the path.
        return [str(camera.python), "-I", str(_SYSTEM_WORKER)]
    return [sys.executable, "-m", "edge.capture.worker"]


def _spawn(camera: AnyCamera, inherited: dict[str, int]) -> subprocess.Popen[bytes]:
    seat = {**inherited, "parent": os.getpid(), "lossless": camera.lossless}
    with os.fdopen(os.memfd_create("emotion-edge-camera"), "w+b") as settings:
        settings.write(camera.model_dump_json().encode())
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
    """Ours; from a source tree that is not installed, with the tree on the path."""
    if _ROOT.name in {"site-packages", "dist-packages"}:
        return dict(os.environ)
    path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path}

"""Keeps one camera delivering: starts its capture process, watches it, kills it, starts it again."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from edge.cameras import AnyCamera
from edge.capture.health import Act, Condition, Health
from edge.capture.limits import CaptureLimits
from edge.capture.messages import MessageReader
from edge.capture.notes import Notes
from edge.capture.pixels import as_image
from edge.capture.process import CaptureProcess
from edge.capture.slot import SlotReader
from edge.capture.slot_memory import SlotError
from edge.capture.state import CameraState
from edge.datatypes import Frame
from edge.errors import SourceError

_log = logging.getLogger(__name__)

_NOT_ENABLED = "switched off in the configuration"


class RunningCapture(Protocol):
    """What is used of a :class:`CaptureProcess`."""

    frames: SlotReader
    messages: MessageReader

    def exit_reason(self) -> str | None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...
    def close(self, within_s: float) -> None: ...


class CameraSupervisor:
    """One camera in the daemon's loop; single-threaded, never blocks but in :meth:`close`.

    The loop waits for any of :meth:`filenos` (or a few times a second), then calls :meth:`tick`,
    :meth:`take`, and :meth:`release` once the frame has been processed.
    """

    def __init__(
        self,
        camera: AnyCamera,
        limits: CaptureLimits | None = None,
        *,
        start: Callable[[AnyCamera], RunningCapture] = CaptureProcess,
        utc: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: random.Random | None = None,
    ) -> None:
        self.camera = camera
        self._limits = limits or CaptureLimits()
        self._start, self._utc, self._monotonic = start, utc, monotonic
        self._health = Health(self._limits, jitter or random.Random())
        if not camera.enabled:
            self._health.disable(_NOT_ENABLED, 0.0)
        self._process: RunningCapture | None = None
        self._said: Condition | None = None
        self._state, self._since_s = CameraState("reconnecting", 0.0, ""), 0.0
        self._changed = self._outage_told = False
        self._notes = Notes(_log, camera.name)
        self._beats = self._opened = 0
        self._reason = ""
        self._at_end = self._killed = False
        self._asked_s: float | None = None
        self._seen_waiting = self._took_unseen = False
        self._dropped_before = self._dropped = 0
        self._notice()

    @property
    def name(self) -> str:
        """The camera's name."""
        return self.camera.name

    @property
    def state(self) -> CameraState:
        """How the camera is now."""
        return self._state

    @property
    def failures(self) -> int:
        """Failed attempts to open the camera in a row; 0 before the first one and while it delivers."""
        return self._health.failures

    def poll_state_change(self) -> CameraState | None:
        """The state, if it has changed since the last call; the first call gives the first state."""
        changed, self._changed = self._changed, False
        return self._state if changed else None

    def clock_set(self) -> None:
        """The wall clock has become right: the state began at another time than was said."""
        since_utc_s = self._utc() - (self._monotonic() - self._since_s)
        self._state, self._changed = replace(self._state, since_utc_s=since_utc_s), True

    def filenos(self) -> tuple[int, ...]:
        """What to wait for being readable; differs after each :meth:`tick`."""
        if self._process is None:
            return ()
        frames, messages = self._process.frames, self._process.messages
        if self._off:  # frames that wait are not taken any more
            return () if messages.at_end else (messages.fileno(),)
        ends = ((frames, frames.writer_gone), (messages, messages.at_end))
        return tuple(end.fileno() for end, gone in ends if not gone)

    def tick(self, now_s: float) -> None:
        """Read messages, watch the camera's silence, start or kill its process.

        Args:
            now_s: The clock that never steps (``time.monotonic()``).
        """
        if self._process is not None:
            self._watch(self._process, now_s)
        act = self._health.step(now_s)
        if act is Act.START and self._process is None:
            self._open(now_s)
        elif act is Act.KILL and self._process is not None and not self._killed:
            # Reaped by a later tick: a process stuck in the kernel must not hold up the others.
            self._killed = True
            self._reason = self._health.silence()
            self._process.kill()
        self._notice()

    def take(self) -> Frame | None:
        """The newest frame, in place; valid until :meth:`release`. None where none waits."""
        if self._process is None or self._off:
            return None
        try:
            waiting = self._process.frames.acquire()
            if waiting is None:
                return None
            header, pixels = waiting
            image = as_image(pixels, header)
        except SlotError as err:
            self._fail(str(err))
            return None
        self._took_unseen |= not self._seen_waiting
        self._seen_waiting = False
        self._dropped = header.dropped
        return Frame(
            self.camera.name,
            image,
            header.number,
            header.monotonic_ns / 1e9,
            header.utc_ns / 1e9,
            header.clock_synced,
            self._dropped_before + header.dropped,
        )

    def release(self) -> None:
        """Give the taken frame's memory back; its image must not be looked at any more."""
        if self._process is None:
            return
        try:
            self._process.frames.release()
        except SlotError as err:
            self._fail(str(err))

    @property
    def reconnects(self) -> int:
        """How often the camera was opened again."""
        return max(0, self._opened - 1)

    @property
    def idle(self) -> bool:
        """Whether no capture process is left."""
        return self._process is None

    @property
    def signed_s(self) -> float:
        """When the camera last gave a sign of life, on the clock of :meth:`tick`."""
        return self._health.signed_s

    def switch_off(self, reason: str, now_s: float) -> None:
        """Close the camera until :meth:`switch_on`; its process leaves while the loop goes on."""
        self._health.disable(reason, now_s)
        if self._process is not None:
            self._process.terminate()
        self._notice()

    def switch_on(self) -> None:
        """Open the camera again, unless the configuration has switched it off."""
        if self.camera.enabled:
            self._health.enable()
        else:
            self._health.disable(_NOT_ENABLED, 0.0)
        self._notice()

    @property
    def _off(self) -> bool:
        return self._health.condition.state == "disabled"

    def stop(self) -> None:
        """Ask the capture process to close its camera; call it for all cameras, then :meth:`close`."""
        if self._process is not None:
            self._process.terminate()
            self._asked_s = time.monotonic()

    def close(self) -> None:
        """Stop the process, at most ``stop_within_s`` later by force; release all memory."""
        if self._process is not None:
            process, self._process = self._process, None
            # Counted from when it was asked: several cameras take their time side by side.
            waited_s = 0.0 if self._asked_s is None else time.monotonic() - self._asked_s
            process.close(max(0.0, self._limits.stop_within_s - waited_s))

    def _open(self, now_s: float) -> None:
        self._reason, self._beats = "", 0
        self._opened += 1
        self._at_end = self._killed = self._seen_waiting = self._took_unseen = False
        self._asked_s = None
        self._notes.begin_again()
        self._dropped_before, self._dropped = self._dropped_before + self._dropped, 0
        try:
            self._process = self._start(self.camera)
        except SourceError as err:
            self._health.gone(now_s, str(err))
        else:
            self._health.started(now_s)

    def _watch(self, process: RunningCapture, now_s: float) -> None:
        # The exit is looked up first: what the process said before it left is read after.
        exit_reason = process.exit_reason()
        for message in process.messages.read():
            self._hear(message)
        self._look(process, now_s)
        # Its last frames may still wait to be taken; of a camera that is off nobody takes them.
        if exit_reason is None or (self._at_end and self._seen_waiting and not self._off):
            return
        self._process = None
        process.close(0.0)
        if self._at_end and not self._off:
            self._health.ended()
        else:
            self._health.gone(now_s, self._reason or exit_reason)

    def _look(self, process: RunningCapture, now_s: float) -> None:
        """Tell the health of a frame, be it waiting or already taken, or of a sign of life."""
        beats, lives = process.frames.beats(), not self._killed
        self._seen_waiting = process.frames.waiting()
        if lives and (self._seen_waiting or self._took_unseen):
            self._health.delivered(now_s)
        elif lives and beats != self._beats:
            self._health.alive(now_s)
        self._beats, self._took_unseen = beats, False

    def _hear(self, message: dict[str, Any]) -> None:
        kind, name = message.get("kind"), self.camera.name
        if kind == "error":
            self._reason = str(message.get("reason"))
        elif kind == "ended":
            self._at_end = True
        elif kind == "opened":
            size = f"{message.get('width')}x{message.get('height')}"
            _log.debug("camera opened camera=%s address=%s size=%s", name, message.get("address"), size)
        elif kind == "note":
            self._notes.tell(str(message.get("text")))

    def _fail(self, reason: str) -> None:
        """The slot cannot be trusted any more: end its process, a new one gets a new slot."""
        self._reason, self._killed = reason, True
        if self._process is not None:
            self._process.kill()

    def _notice(self) -> None:
        """Make the health's condition the state, and log it: an outage once, its repeats quietly."""
        condition, before = self._health.condition, self._said
        if condition == before:
            return
        self._said, self._changed = condition, True
        same_state = before is not None and before.state == condition.state
        if not same_state:
            self._since_s = self._monotonic()
        since_utc_s = self._state.since_utc_s if same_state else self._utc()
        self._state = CameraState(condition.state, since_utc_s, condition.reason)
        troubled = condition.state in {"stalled", "reconnecting"}
        level = logging.DEBUG if before is None or (troubled and self._outage_told) else logging.INFO
        if troubled and before is not None and not self._outage_told:
            level = logging.WARNING
        self._outage_told = troubled and before is not None
        reason = f": {condition.reason}" if condition.reason else ""
        shown = (condition.state, reason, self.camera.name, self.camera.address)
        _log.log(level, "camera %s%s camera=%s address=%s", *shown)

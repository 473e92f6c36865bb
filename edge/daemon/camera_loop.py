"""One camera's share of the main loop: its frames through its pipeline, its news to the publisher."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from edge.contract.health import CameraHealth
from edge.datatypes import EmotionEvent, Frame
from edge.outage import Outage
from edge.pipeline import BAD_FRAME, Analysis, Pipeline
from edge.protocols import Camera, Publisher
from edge.telemetry import Telemetry

log = logging.getLogger(__name__)

_NOW_EVERY_S = 1.0
#: One bad frame is no trouble of its camera; bad ones alone for so long are.
_TROUBLE_AFTER_S = 5.0


class CameraLoop:
    """Called by the daemon in turn with the others; never blocks."""

    def __init__(
        self,
        camera: Camera,
        pipeline: Pipeline,
        publisher: Publisher,
        telemetry: Telemetry,
        *,
        live: bool = True,
        show: Callable[[Frame, Analysis], None] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._camera, self._pipeline, self._monotonic = camera, pipeline, monotonic
        self._publisher, self._telemetry = publisher, telemetry
        self._show = show
        self._trouble, self._skipped = Outage(log), 0
        self._skipping_since_s, self._skipped_why = 0.0, ""
        self._now_due_s = 0.0
        self._last_frame_s = monotonic()
        self._live, self._seen = live, False
        self._paused, self._told_set = False, (False, pipeline.window_s)
        self._interval_s = self._take_due_s = 0.0

    @property
    def name(self) -> str:
        """The camera's name."""
        return self._camera.name

    @property
    def state(self) -> str:
        """What the camera does: streaming, stalled, reconnecting, disabled or ended."""
        return self._camera.state.state

    @property
    def idle(self) -> bool:
        """Whether nothing of the camera runs."""
        return self._camera.idle

    @property
    def window_s(self) -> float:
        """The length of its windows, seconds."""
        return self._pipeline.window_s

    def accounted_for(self, now_s: float, within_s: float) -> bool:
        """Whether the camera delivers, or is known not to: else something here is stuck."""
        signed_s = max(self._last_frame_s, self._camera.signed_s)
        return self.state != "streaming" or now_s - signed_s <= within_s

    def health(self, now_s: float, fps: float, latency_p95_ms: float | None = None) -> CameraHealth:
        """How the camera is, for the health record."""
        frames, dropped = self._telemetry.totals(self.name)
        return CameraHealth(
            state=self._camera.state.state,
            reason=self._camera.state.reason,
            fps=round(fps, 2),
            frames=frames,
            dropped=dropped,
            reconnects=self._camera.reconnects,
            frame_age_s=round(now_s - self._last_frame_s, 3) if self._seen else None,
            latency_p95_ms=None if latency_p95_ms is None else round(latency_p95_ms, 1),
            skipped=self._skipped,
            trouble=self._lasting_trouble(now_s),
        )

    def limit(self, fps: float | None) -> None:
        """Analyse at most so many frames a second of a live camera, None for all."""
        self._interval_s = 1 / fps if fps and self._live else 0.0

    def wait_s(self, now_s: float) -> float:
        """How long a frame is not wanted."""
        return max(0.0, self._take_due_s - now_s) if self._interval_s else 0.0

    def filenos(self, now_s: float) -> tuple[int, ...]:
        """What becomes readable when there is something to do."""
        return () if self.wait_s(now_s) else self._camera.filenos()

    def turn(self, now_s: float) -> None:
        """Take at most one frame; close the window whose time is over; tell a change of state."""
        self._camera.tick(now_s)
        frame = None if self.wait_s(now_s) else self._camera.take()
        if frame is not None:
            self._last_frame_s, self._seen = now_s, True
            # Punctual frames keep their beat, late ones are not made up for.
            self._take_due_s = max(self._take_due_s, now_s - self._interval_s) + self._interval_s
            try:
                self._analyse(frame)
            finally:
                self._camera.release()
        else:
            self._publisher.publish(self._pipeline.close_due(now_s))
        self._tell_state()

    def open_window(self) -> EmotionEvent | None:
        """The window that is being filled, as far as it goes."""
        return self._pipeline.peek()

    def change_window(self, window_s: float) -> None:
        """Close the open window; the next ones have another length."""
        self._publisher.publish(self._pipeline.change_window(window_s))
        self._tell_state()

    def switch_off(self, reason: str, now_s: float, *, paused: bool = False) -> None:
        """Close camera and window; the loop goes on without waiting. ``paused``: by a command."""
        self._paused = paused
        self._camera.switch_off(reason, now_s)
        self._publisher.publish(self._pipeline.flush())
        self._tell_state()

    def switch_on(self) -> None:
        """Open the camera again."""
        self._paused = False
        self._camera.switch_on()
        self._tell_state()

    def clock_set(self) -> None:
        """Tell the state anew: the wall clock has become right."""
        self._camera.clock_set()
        self._tell_state()

    def stop(self) -> None:
        """Ask the camera to close."""
        self._camera.stop()

    def close(self) -> None:
        """Close the camera and the open window."""
        self._camera.close()
        self._publisher.publish(self._pipeline.flush())

    def _analyse(self, frame: Frame) -> None:
        try:
            analysis = self._pipeline.process(frame)
        except BAD_FRAME as err:
            now_s = self._monotonic()
            self._publisher.publish(self._pipeline.close_due(now_s))
            self._skipped, self._skipped_why = self._skipped + 1, str(err)
            if self._trouble.message is None:
                self._skipping_since_s = now_s
            self._trouble.failed(f"frame skipped camera={self.name} reason='{err}'")
            return
        self._trouble.recovered(f"frames are analysed again camera={self.name}")
        self._publisher.publish(analysis.events)
        if self._show is not None:
            self._show(frame, analysis)
        done_s = self._monotonic()
        self._telemetry.analysed(self.name, done_s - frame.monotonic_s, frame.dropped)
        # A frame that was not searched says nothing about who is there.
        if analysis.faces is not None and done_s >= self._now_due_s:
            self._now_due_s = done_s + _NOW_EVERY_S
            counted = self._pipeline.counted(analysis.observations)
            labels = [observation.label for observation in counted]
            self._publisher.publish_now(self.name, labels, utc_s=frame.utc_s)

    def _lasting_trouble(self, now_s: float) -> str | None:
        """Why no frame can be analysed that the camera delivers."""
        skipping = self._trouble.message is not None and self.state == "streaming"
        lasts = skipping and now_s - self._skipping_since_s >= _TROUBLE_AFTER_S
        return f"no frame can be analysed: {self._skipped_why}" if lasts else None

    def _tell_state(self) -> None:
        changed = self._camera.poll_state_change()
        is_set = self._paused, self._pipeline.window_s
        if changed is None and is_set == self._told_set:
            return
        self._told_set = is_set
        if changed is not None and changed.state == "ended":
            self._publisher.publish(self._pipeline.flush())
        state = changed or self._camera.state
        paused, window_s = is_set
        self._publisher.publish_state(
            self.name, state.state,
            since_utc_s=state.since_utc_s, reason=state.reason or None, paused=paused, window_s=window_s,
        )  # fmt: skip

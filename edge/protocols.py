"""The seams of the device part; everything concrete is chosen in ``edge.build``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from edge.datatypes import BgrImage, Detection, EmotionEvent, FaceTensor, Frame, Probabilities

if TYPE_CHECKING:  # capture processes import this file and have no room for pydantic
    from edge.capture.health import StateName
    from edge.capture.state import CameraState


class FrameSource(Protocol):
    """A camera, stream or file, opened by its constructor."""

    def read(self) -> Frame | None:
        """The next frame, or None at the end of a file.

        Raises:
            SourceError: The camera is gone or the file cannot be decoded.
        """

    def close(self) -> None:
        """Release the device; may be called twice."""


class Camera(Protocol):
    """A camera that is kept alive by somebody else; see :class:`edge.capture.supervisor.CameraSupervisor`."""

    @property
    def name(self) -> str:
        """As configured."""

    @property
    def state(self) -> CameraState:
        """How it is now."""

    def poll_state_change(self) -> CameraState | None:
        """The state, if it has changed since the last call."""

    def clock_set(self) -> None:
        """The wall clock has become right: the state began at another time than was said."""

    def filenos(self) -> tuple[int, ...]:
        """What to wait for being readable; may differ after each :meth:`tick`."""

    def tick(self, now_s: float) -> None:
        """Look after it; ``now_s`` is the clock that never steps."""

    def take(self) -> Frame | None:
        """The newest frame, valid until :meth:`release`."""

    def release(self) -> None:
        """Give the taken frame's memory back."""

    @property
    def idle(self) -> bool:
        """Whether nothing of it runs."""

    @property
    def reconnects(self) -> int:
        """How often it was opened again."""

    @property
    def signed_s(self) -> float:
        """When it last gave a sign of life, on the clock of :meth:`tick`."""

    def switch_off(self, reason: str, now_s: float) -> None:
        """Close it until :meth:`switch_on`, without waiting."""

    def switch_on(self) -> None:
        """Open it again."""

    def stop(self) -> None:
        """Ask it to close."""

    def close(self) -> None:
        """Release everything."""


class FaceDetector(Protocol):
    """Finds faces in one picture."""

    @property
    def name(self) -> str:
        """What the configuration calls it."""

    def detect(self, image: BgrImage) -> list[Detection]:
        """Faces in (H, W, 3) uint8 BGR, boxes in its pixels, best score first."""


class EmotionClassifier(Protocol):
    """Gives each face its emotion probabilities."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Class names, in the order of the columns of :meth:`classify`."""

    def classify(self, faces: FaceTensor) -> Probabilities:
        """(N, H, W, 1) float32, 0..255 -> (N, C), each row summing to 1; N may be 0."""


class Publisher(Protocol):
    """Takes what cameras have to tell off the main loop's hands; never blocks it."""

    def publish(self, events: Sequence[EmotionEvent]) -> None:
        """Make the events durable, then send them when the broker can be reached."""

    def checkpoint(self, open_windows: Sequence[EmotionEvent]) -> None:
        """Keep what open windows hold by now: a kill must not cost it."""

    def forget_state(self, camera: str) -> None:
        """The camera is no longer configured."""

    def publish_state(
        self,
        camera: str,
        state: StateName,
        *,
        since_utc_s: float,
        reason: str | None = None,
        paused: bool = False,
        window_s: float | None = None,
    ) -> None:
        """Tell what a camera does; the newest state is what counts."""

    def publish_now(self, camera: str, labels: Sequence[str | None], *, utc_s: float) -> None:
        """Tell the moment: one label for each face in view that counts; lost when nobody can be reached."""

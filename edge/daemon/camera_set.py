"""All cameras of the daemon: turned together, added, removed and switched one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableSet

from edge.cameras import AnyCamera
from edge.daemon.camera_loop import CameraLoop
from edge.daemon.reload import CameraChanges
from edge.datatypes import EmotionEvent
from edge.protocols import Publisher

_PAUSED = "paused by a command"
_RECONFIGURED = "its configuration has changed"


class CameraSet:
    """Owns the loops. A camera whose settings change is closed first: two processes cannot share it."""

    def __init__(self, publisher: Publisher, paused: MutableSet[str] | None = None) -> None:
        """Prepare; ``paused`` names the cameras that stay closed, and keeps what commands make of it."""
        self._publisher = publisher
        self._loops: dict[str, CameraLoop] = {}
        self._leaving: list[CameraLoop] = []
        self._coming: dict[str, Callable[[], CameraLoop]] = {}
        self._paused: MutableSet[str] = set() if paused is None else paused
        self._fps_limit: float | None = None

    def __iter__(self) -> Iterator[CameraLoop]:
        return iter(self._loops.values())

    def __len__(self) -> int:
        return len(self._loops)

    @property
    def names(self) -> tuple[str, ...]:
        """Of all that are configured, also of those that wait for their predecessor to close."""
        return (*self._loops, *self._coming)

    @property
    def coming(self) -> tuple[str, ...]:
        """Those that wait for their predecessor to close."""
        return tuple(self._coming)

    @property
    def all_over(self) -> bool:
        """Whether the last file has ended; cameras that are switched off may be switched on again."""
        states = {loop.state for loop in self}
        return not self._coming and "ended" in states and states <= {"ended", "disabled"}

    def add(self, name: str, build: Callable[[], CameraLoop], now_s: float) -> None:
        """Begin a camera; a paused one stays closed."""
        loop = self._loops[name] = build()
        loop.limit(self._fps_limit)
        if name in self._paused:
            loop.switch_off(_PAUSED, now_s, paused=True)

    def apply(
        self, changes: CameraChanges, build: Callable[[AnyCamera], Callable[[], CameraLoop]], now_s: float
    ) -> None:
        """Follow a changed configuration without touching the other cameras."""
        for name in changes.removed:
            self._retire(name, now_s)
            self._paused.discard(name)
            self._publisher.forget_state(name)
        for camera in changes.changed:
            self._retire(camera.name, now_s)
            self._coming[camera.name] = build(camera)
        for camera in changes.added:
            self._coming[camera.name] = build(camera)

    def turn(self, now_s: float) -> None:
        """One turn of each; those that leave make room for those that come."""
        for loop in self:
            loop.turn(now_s)
        for loop in self._leaving:
            loop.turn(now_s)
        for loop in [loop for loop in self._leaving if loop.idle]:
            self._leaving.remove(loop)
            loop.close()
        held = {loop.name for loop in self._leaving}
        for name in [name for name in self._coming if name not in held]:
            self.add(name, self._coming.pop(name), now_s)

    def filenos(self, now_s: float) -> list[int]:
        """What becomes readable when there is something to do."""
        return [fd for loop in (*self, *self._leaving) for fd in loop.filenos(now_s)]

    def wait_s(self, now_s: float, longest_s: float) -> float:
        """How long may be waited for any of :meth:`filenos`."""
        waits = [wait_s for loop in self if (wait_s := loop.wait_s(now_s))]
        return min([longest_s, *waits])

    def limit(self, fps: float | None) -> None:
        """Let each live camera have at most so many frames a second, also those that are yet to come."""
        self._fps_limit = fps
        for loop in self:
            loop.limit(fps)

    def open_windows(self) -> list[EmotionEvent]:
        """What a kill must not cost."""
        found = (loop.open_window() for loop in self)
        return [window for window in found if window is not None]

    def unaccounted(self, now_s: float, within_s: float) -> list[str]:
        """Cameras that are said to stream and do not."""
        return [loop.name for loop in self if not loop.accounted_for(now_s, within_s)]

    def pause(self, name: str, now_s: float, *, paused: bool) -> None:
        """Close a camera, or open it again; holds over a reload, and over a restart where it is kept."""
        loop = self._loops.get(name)
        if paused:
            self._paused.add(name)
            if loop is not None:
                loop.switch_off(_PAUSED, now_s, paused=True)
        elif name in self._paused:
            self._paused.discard(name)
            if loop is not None:
                loop.switch_on()

    def clock_set(self) -> None:
        """The wall clock has become right: every state is told anew, with the time at which it began."""
        for loop in self:
            loop.clock_set()

    def change_window(self, name: str, window_s: float) -> None:
        """Give a camera's windows another length."""
        if name in self._loops:
            self._loops[name].change_window(window_s)

    def window_s(self, name: str) -> float | None:
        """The length of a camera's windows, seconds; None for one that is yet to come."""
        return self._loops[name].window_s if name in self._loops else None

    def close(self) -> None:
        """All at once, then one by one, so that their time to close runs in parallel."""
        everybody = (*self, *self._leaving)
        for loop in everybody:
            loop.stop()
        for loop in everybody:
            loop.close()

    def _retire(self, name: str, now_s: float) -> None:
        self._coming.pop(name, None)
        loop = self._loops.pop(name, None)
        if loop is not None:
            loop.switch_off(_RECONFIGURED, now_s)
            self._leaving.append(loop)

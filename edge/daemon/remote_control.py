"""Does what commands ask, and answers each of them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from edge.clock import clock_synced
from edge.daemon.camera_set import CameraSet
from edge.errors import ConfigError
from edge.mqtt.command import Command, Pause, Rebirth, Refusal, Reload, Window, answer, understand
from edge.mqtt.payload import Message
from edge.mqtt.session import Heard
from edge.mqtt.topics import Topics

log = logging.getLogger(__name__)


class RemoteControl:
    """Runs in the main loop; a command that is refused changes nothing."""

    def __init__(
        self,
        topics: Topics,
        cameras: CameraSet,
        *,
        reload: Callable[[], None],
        rebirth: Callable[[], None],
        tell: Callable[[Message], None],
        utc: Callable[[], float] = time.time,
        synced: Callable[[], bool] = clock_synced,
    ) -> None:
        """Prepare.

        Args:
            topics: Of this device.
            cameras: What is paused and measured.
            reload: Reads the configuration again; raises ConfigError where it cannot be used.
            rebirth: Has status and states told again.
            tell: Sends an answer.
            utc: The wall clock.
            synced: Whether it can be believed.
        """
        self._topics, self._cameras = topics, cameras
        self._reload, self._rebirth, self._tell = reload, rebirth, tell
        self._utc, self._synced = utc, synced

    def obey(self, heard: Heard, now_s: float) -> None:
        """Do one command, or refuse it; answer either way."""
        understood = understand(heard, self._topics, utc_s=self._utc(), clock_synced=self._synced())
        if isinstance(understood, Refusal):
            refused: str | None = understood.reason
        else:
            refused = self._do(understood, now_s)
        address = understood.address
        log.info(
            "command %s name=%s camera=%s id=%s reason='%s'",
            "refused" if refused else "obeyed", address.name, address.camera, address.id, refused or "",
        )  # fmt: skip
        self._tell(answer(address, self._topics, utc_s=self._utc(), refused=refused))

    def _do(self, command: Command, now_s: float) -> str | None:
        """Why it cannot be done, None where it was."""
        wanted = command.address.camera
        if wanted is not None and wanted not in self._cameras.names:
            return f"there is no such camera; there are: {', '.join(self._cameras.names)}"
        cameras = self._cameras.names if wanted is None else (wanted,)
        order = command.order
        if isinstance(order, Reload):
            try:
                self._reload()
            except ConfigError as err:
                return str(err)
        elif isinstance(order, Rebirth):
            self._rebirth()
        elif isinstance(order, Pause):
            for name in cameras:
                self._cameras.pause(name, now_s, paused=order.paused)
        elif isinstance(order, Window):
            for name in cameras:
                self._cameras.change_window(name, order.window_s)
        return None

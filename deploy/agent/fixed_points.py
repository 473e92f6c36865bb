"""What of a device always lies in the same place and leads to ``current``: configuration, unit, agent."""

from __future__ import annotations

import os

from deploy.agent import durable
from deploy.agent.layout import AGENT, Layout
from deploy.agent.supervisor import Supervisor


class FixedPoints:
    """Made by the first push."""

    def __init__(self, layout: Layout, supervisor: Supervisor) -> None:
        self._layout, self._supervisor = layout, supervisor

    def connect(self, release: str) -> None:
        """Let them lead through ``current``; what somebody had put there by hand is kept beside.

        First comes what puts it back at the next boot, should the power go before anything of ours runs.
        """
        if not self._layout.agent.exists():
            self.take_over_agent(release)
        self._supervisor.connect()
        link, target = self._layout.configuration, "../../opt/emotion-edge/current/config/edge.yaml"
        link.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(str(link)) and not (link.is_symlink() and os.readlink(str(link)) == target):
            durable.set_aside(link)
        if not link.is_symlink():
            durable.point(link, target)
        if self._by_hand():
            durable.set_aside(self._layout.current)

    def put_back(self) -> bool:
        """Undo it where nothing of ours runs: what was installed by hand has its places again.

        Returns:
            Whether a daemon can be started out of that.
        """
        durable.put_back(self._layout.configuration)
        durable.put_back(self._layout.current)
        return self._supervisor.disconnect()

    def heal(self) -> bool:
        """Let what was installed by hand run again, where a first push ended before the switch.

        Returns:
            Whether that was so.
        """
        if self._layout.id_of(self._layout.current) is not None or not self.put_back():
            return False
        self._supervisor.restart()
        return True

    def _by_hand(self) -> bool:
        """Whether ``current`` is none of our releases, but a program that somebody put there."""
        current = self._layout.current
        return os.path.exists(str(current)) and self._layout.id_of(current) is None

    def take_over_agent(self, release: str) -> None:
        """The agent that watches at boot is that of the newest good release."""
        carried = self._layout.release(release) / AGENT
        if carried.exists():
            durable.write(self._layout.agent, carried.read_bytes())

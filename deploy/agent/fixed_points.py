"""What of a device always lies in the same place and leads to ``current``: configuration, unit, agent."""

from __future__ import annotations

from deploy.agent import durable
from deploy.agent.layout import AGENT, Layout
from deploy.agent.supervisor import Supervisor


class FixedPoints:
    """Made by the first push."""

    def __init__(self, layout: Layout, supervisor: Supervisor) -> None:
        self._layout, self._supervisor = layout, supervisor

    def connect(self, release: str) -> None:
        """Let them lead through ``current``; what somebody had put there by hand is kept beside."""
        link, target = self._layout.configuration, "../../opt/emotion-edge/current/config/edge.yaml"
        link.parent.mkdir(parents=True, exist_ok=True)
        if link.exists() and not link.is_symlink():
            durable.set_aside(link)
        if not link.is_symlink():
            durable.point(link, target)
        if not self._layout.agent.exists():
            self.take_over_agent(release)
        self._supervisor.connect()

    def take_over_agent(self, release: str) -> None:
        """The agent that watches at boot is that of the newest good release."""
        carried = self._layout.release(release) / AGENT
        if carried.exists():
            durable.write(self._layout.agent, carried.read_bytes())

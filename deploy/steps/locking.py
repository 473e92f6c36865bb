"""The lock of a device: one rollout at a time, and it says whose."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from deploy.device import Agent, ConnectionLostError, DeviceError
from deploy.journal import Tell
from deploy.steps.order import Order


def lock(agent: Agent, order: Order, tell: Tell) -> None:
    """Take the device's lock, or hold it longer.

    Raises:
        DeviceError: ``locked``: it is somebody else's.
    """
    agent.call("lock", *lock_words(order))
    tell("lock", facts={"locked": True})


def lock_words(order: Order) -> list[str]:
    """What the agent is told about the lock."""
    return ["--why", order.why, "--ttl-s", str(order.lock_ttl_s)]


def unlock(agent: Agent, tell: Tell) -> None:
    """Give it back; where the device does not answer it expires."""
    with suppress(DeviceError, ConnectionLostError):
        agent.call("unlock")
        tell("lock", facts={"locked": False})


def refuse_locked(facts: dict[str, Any], owner: str, now: float) -> None:
    """Raise where somebody else is changing the device, who, for how long, and why.

    Args:
        facts: Of the device.
        owner: Who asks.
        now: By the device's clock, as the times of the lock.

    Raises:
        DeviceError: ``locked``.
    """
    held = facts.get("lock")
    if held and held["owner"] != owner:
        raise DeviceError(
            "locked",
            f"{held['owner']} is changing it since {now - held['since_s']:.0f} s ({held['why']}); wait or "
            f"ask them; the lock expires in {held['until_s'] - now:.0f} s",
            held["owner"],
        )

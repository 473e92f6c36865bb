"""Keeps an eye on a device that has changed over, before the next batch does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from deploy.device import Agent, DeviceError
from deploy.journal import Tell
from deploy.steps.order import Order

#: Between two looks; the device itself looks all the time.
LOOK_EVERY_S = 5.0


def soak(
    agent: Agent,
    order: Order,
    tell: Tell,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, Any]:
    """Look at the device until its time is over.

    Raises:
        DeviceError: It has left the release, or is not ready at the end.
    """
    began = clock()
    while True:
        facts = agent.call("status")
        trouble = trouble_of(facts, order.release["id"])
        gone_s = clock() - began
        tell("soak", done=min(int(gone_s), int(order.soak_s)), total=int(order.soak_s))
        if "rolled back" in trouble or (trouble and gone_s >= order.soak_s):
            raise DeviceError("rolled-back" if "rolled back" in trouble else "failed", trouble)
        if gone_s >= order.soak_s:
            return {}
        sleep(min(LOOK_EVERY_S, order.soak_s - gone_s))


def trouble_of(facts: dict[str, Any], release: str) -> str:
    """What is wrong with a device that was good; empty where nothing is (pure)."""
    current = (facts.get("current") or {}).get("id")
    if current != release:
        return f"it has rolled back to {current} by itself after it was good"
    health = facts.get("health")
    if not health:
        return "there is no health record any more"
    return "" if health["ready"] else "not ready any more: " + "; ".join(health["reasons"])

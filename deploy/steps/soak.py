"""Keeps an eye on a device that has changed over, before the next batch does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from deploy.agent import health
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
        DeviceError: It has left the release, or is not as well as it was when the gate let it through.
    """
    began, at_first = clock(), None
    while True:
        status = agent.call("status")
        at_first = at_first or status
        gone_s = clock() - began
        tell("soak", done=min(int(gone_s), int(order.soak_s)), total=int(order.soak_s))
        if left := left_release(status, order.release["id"]):
            raise DeviceError("rolled-back", left)
        if gone_s >= order.soak_s:
            if trouble := new_trouble(at_first, status):
                raise DeviceError("failed", trouble)
            return {}
        sleep(min(LOOK_EVERY_S, order.soak_s - gone_s))


def left_release(status: dict[str, Any], release: str) -> str:
    """That a device runs another release by now; empty where it does not (pure)."""
    current = (status.get("current") or {}).get("id")
    return "" if current == release else f"it went back to {current} by itself after it was good"


def new_trouble(before: dict[str, Any], after: dict[str, Any]) -> str:
    """What is wrong at a device that was not before; empty where nothing is (pure)."""
    if not after["daemon"]["active"]:
        return f"the daemon does not run any more: {after['daemon']['detail']}"
    if not after.get("health"):
        return "the daemon writes no health record any more"
    known = health.troubles(before["health"]) if before.get("health") else {}
    now = health.troubles(after["health"])
    return "; ".join(f"{part}: {said}" for part, said in now.items() if part not in known)

"""Keeps an eye on a device that has changed over, before the next batch does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from deploy.agent import health
from deploy.device import Agent, DeviceError
from deploy.journal import Tell
from deploy.steps.order import Order
from deploy.steps.taking_back import take_back

#: Between two looks. The device's own gate is over: what crashes now is started again, and nothing else.
LOOK_EVERY_S = 5.0
#: One may fall on a moment in which a camera or the broker is just being connected again.
BAD_LOOKS = 2


def soak(
    agent: Agent,
    order: Order,
    tell: Tell,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, Any]:
    """Look at the device until its time is over; a bad look is followed by another one.

    Raises:
        DeviceError: It has left the release, or was taken back (``rolled-back``): the daemon was started
            again, or is not as well as it was when the gate let it through. ``failed``: it could not be
            taken back.
    """
    began, at_first, bad = clock(), None, 0
    while True:
        status = agent.call("status")
        at_first = at_first or status
        gone_s = clock() - began
        tell("soak", done=min(int(gone_s), int(order.soak_s)), total=int(order.soak_s))
        if left := left_release(status, order.release["id"]):
            raise DeviceError("rolled-back", left)
        crashed, trouble = started_again(at_first, status), new_trouble(at_first, status)
        bad = bad + 1 if trouble else 0
        if crashed or bad >= BAD_LOOKS:
            raise take_back(agent, order, tell, status, crashed or trouble)
        if gone_s >= order.soak_s and not bad:
            tell("soak", outcome="good")
            return {}
        sleep(LOOK_EVERY_S if bad else min(LOOK_EVERY_S, order.soak_s - gone_s))


def left_release(status: dict[str, Any], release: str) -> str:
    """That a device runs another release by now; empty where it does not (pure)."""
    current = (status.get("current") or {}).get("id")
    return "" if current == release else f"it went back to {current} by itself after it was good"


def started_again(before: dict[str, Any], after: dict[str, Any]) -> str:
    """That the daemon is another process than the one that was found good; empty where it is not (pure).

    Restarts are counted from the switch, and the gate lets none through: also those before the first look
    are of this release.
    """
    was, now = before["daemon"], after["daemon"]
    if now["restarts"]:
        return f"it crashed after it was good: started again {now['restarts']} times; {now['detail']}"
    if was["pid"] and now["pid"] and was["pid"] != now["pid"]:
        return f"the daemon was started anew after it was good: process {was['pid']}, now {now['pid']}"
    return ""


def new_trouble(before: dict[str, Any], after: dict[str, Any]) -> str:
    """What is wrong at a device that was not before; empty where nothing is (pure)."""
    if not after["daemon"]["active"]:
        return f"the daemon does not run any more: {after['daemon']['detail']}"
    if not after.get("health"):
        return "the daemon writes no health record any more"
    known = health.troubles(before["health"]) if before.get("health") else {}
    now = health.troubles(after["health"])
    return "; ".join(f"{part}: {said}" for part, said in now.items() if part not in known)

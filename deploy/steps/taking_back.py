"""Takes a release back that was good at its gate and is not any more; the device watches it no longer."""

from __future__ import annotations

from typing import Any

from deploy.device import Agent, ConnectionLostError, DeviceError
from deploy.journal import Tell
from deploy.steps.locking import lock, unlock
from deploy.steps.order import Order


def take_back(agent: Agent, order: Order, tell: Tell, status: dict[str, Any], why: str) -> DeviceError:
    """Let the release before run again.

    Args:
        agent: Of the device.
        order: Its part of the run.
        tell: Writes to the journal.
        status: The device's last answer.
        why: What is wrong with the release.

    Returns:
        What the step fails with: ``rolled-back``, or ``failed`` where it still runs the release.
    """
    before = (status.get("previous") or {}).get("id")
    if before is None:
        return _stays(order, why, "there is no release before it")
    tell("soak", reason=f"{why}; it is taken back to {before}")
    try:
        lock(agent, order, tell)  # the device gave it back when the gate let the release through
    except (DeviceError, ConnectionLostError) as err:
        return _stays(order, why, str(err))
    try:
        agent.call("rollback", "--to", before, "--why", why)
    except ConnectionLostError as err:
        return DeviceError(
            "failed", f"{why}; lost while it was being taken back to {before} ({err}): status tells"
        )
    except DeviceError as err:
        if err.code != "unhealthy":
            return _stays(order, why, str(err))
        return DeviceError("rolled-back", f"{why}; it was taken back to {before}, which is not well: {err}")
    finally:
        unlock(agent, tell)
    return DeviceError("rolled-back", f"{why}; it was taken back to {before}, which is healthy again")


def _stays(order: Order, why: str, hindrance: str) -> DeviceError:
    return DeviceError(
        "failed",
        f"{why}; it still runs the new release, since it could not be taken back: {hindrance}; "
        f"python -m deploy rollback --limit {order.host}, or push a good one",
    )

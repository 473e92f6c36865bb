"""Whether a device can take a release, before anything at it has changed."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from deploy.device import Agent, DeviceError, said
from deploy.journal import Tell
from deploy.steps.locking import lock, refuse_locked, unlock
from deploy.steps.order import Order

#: sha256sum -c has found that the agent there is not ours, or there is none.
_OTHER_AGENT = 97


def bring_agent(agent: Agent, order: Order) -> None:
    """Put the agent of this checkout on the device, where another one or none lies."""
    digest = hashlib.sha256(order.agent_file.read_bytes()).hexdigest()
    there = agent.device.run(
        [
            *("sh", "-c", f'echo "$1  $2" | sha256sum -c --status 2>/dev/null || exit {_OTHER_AGENT}', "-"),
            *(digest, agent.path),
        ]
    )
    if there.status == 0:
        return
    if there.status != _OTHER_AGENT:
        raise DeviceError("no-shell", f"a command fails there: {there.stderr.strip() or there.status}")
    brought = agent.device.put(order.agent_file)
    folder = str(PurePosixPath(agent.path).parent)
    put = agent.device.run(
        ["sh", "-c", 'mkdir -p -m 755 "$1" && install -m 644 "$2" "$3"', "-", folder, brought, agent.path]
    )
    if put.status != 0:
        last = (put.stderr.strip() or f"exit {put.status}").splitlines()[-1]
        raise DeviceError(
            "read-only", f"the agent cannot be written to {agent.path}: {last}; is the disk writable?"
        )


def step(agent: Agent, order: Order, tell: Tell, *, check: bool) -> dict[str, Any]:
    """Refuse what cannot work, take the lock, and ask what the release would change.

    Args:
        agent: At the device.
        order: What is brought.
        tell: Of the journal.
        check: Whether nothing may change at the device: the agent runs from where it is brought to.

    Returns:
        missing: Blobs that the device lacks. diff: What would change. unchanged: Whether it runs this release
        already, and well. warnings: What does not stand against it.

    Raises:
        DeviceError: All faults of this device, in one message.
        ConnectionLostError: It does not answer.
    """
    tell("preflight")
    if check:
        agent = replace(agent, brought_to=agent.device.put(order.agent_file))
    else:
        bring_agent(agent, order)
    facts = agent.call("facts")
    refuse_locked(facts, order.owner, time.time())
    if not check:
        lock(agent, order, tell)
    plan = agent.call("plan", "--manifest", agent.device.put(order.release_file), *order.downgrade)
    if plan.get("obstacles"):
        raise DeviceError("preflight", "; ".join(said(obstacle) for obstacle in plan["obstacles"]))
    unchanged = plan["diff"]["unchanged"] and not facts["on_trial"] and not facts["transaction"]
    if unchanged and not check:
        unlock(agent, tell)
    warnings = [*plan["warnings"], *(not_ready(facts) if unchanged else [])]
    outcome = "unchanged" if unchanged else "planned" if check else None
    tell("plan", facts={"diff": plan["diff"], "warnings": warnings}, outcome=outcome)
    return {"missing": plan["missing"], "diff": plan["diff"], "unchanged": unchanged, "warnings": warnings}


def not_ready(facts: dict[str, Any]) -> list[str]:
    """Why a device is not well though it runs what it should; empty where it is (pure)."""
    health = facts.get("health")
    if not health:
        return ["it runs this release already, but writes no health record; see logs"]
    return (
        []
        if health["ready"]
        else [f"it runs this release already, but is not ready: {health.get('reasons')}"]
    )

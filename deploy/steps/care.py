"""What is done at a device apart from a push: its state, rollback, pruning, giving a lock back."""

from __future__ import annotations

from typing import Any

from deploy.device import Agent
from deploy.journal import Tell
from deploy.steps.locking import lock, unlock
from deploy.steps.order import Order
from deploy.steps.preflight import ask


def status(agent: Agent, tell: Tell) -> dict[str, Any]:
    """The device's own words about itself."""
    tell("status")
    facts = agent.call("status")
    why = not_well(facts)
    tell("status", facts=facts, outcome="failed" if why else "good", reason=why or None)
    return {"facts": facts}


def not_well(facts: dict[str, Any]) -> str:
    """Why a device is not as it should be; empty where it is (pure)."""
    if not facts["current"]:
        return "it runs no release; push one"
    if not facts["daemon"]["active"]:
        return f"the daemon does not run: {facts['daemon']['detail']}"
    if not facts["health"]:
        return "the daemon writes no health record"
    return "" if facts["health"]["ready"] else "; ".join(facts["health"].get("reasons", ())) or "not ready"


def manifest(agent: Agent, tell: Tell) -> dict[str, Any]:
    """What the release there consists of."""
    found = agent.call("manifest")
    tell("status", outcome="good", facts={"manifest": found})
    return {"manifest": found}


def rollback(agent: Agent, order: Order, tell: Tell, to: str) -> dict[str, Any]:
    """Go back to a release that is on the device: ``to`` is its id, or empty for the one before."""
    tell("preflight")
    lock(agent, order, tell)
    tell("switch")  # from here on it cannot be said any more that nothing has changed
    try:
        progress = agent.call("rollback", "--why", order.why, *(["--to", to] if to else []))
    finally:
        unlock(agent, tell)
    tell("gate", outcome="good", reason=str(progress["reason"]), facts={"release": progress["release"]})
    return {"progress": progress, "changed": True}


def prune(agent: Agent, order: Order, tell: Tell) -> dict[str, Any]:
    """Remove old releases; the current and the previous one stay."""
    tell("prune")
    pruned = agent.call("prune", *order.limits)
    tell("prune", outcome="good", facts={"pruned": pruned["removed"]})
    return {"pruned": pruned["removed"]}


def give_back(agent: Agent, tell: Tell) -> dict[str, Any]:
    """Give our lock back."""
    unlock(agent, tell)
    return {}


def prepare(agent: Agent, order: Order, tell: Tell) -> dict[str, Any]:
    """Bring the agent to a device that has just been set up, and see that it answers."""
    facts = ask(agent, order, "facts")
    tell("init", outcome="good", facts=facts)
    return {"facts": facts}

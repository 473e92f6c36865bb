"""Pushes to a device of this machine, step by step, as far as a test wants them."""

from __future__ import annotations

from typing import Any

from deploy.agent.layout import Layout
from deploy.device import Agent
from deploy.release.store import Release
from deploy.steps import apply, preflight
from deploy.steps.order import Order
from deploy.steps.transfer import transfer
from tests.deploy.local_device import Bench


def look(bench: Bench, release: Release, **changed: Any) -> dict[str, Any]:
    order = bench.order(release, **changed)
    return preflight.step(bench.agent(order.owner), order, bench.tell)


def sent(bench: Bench, release: Release) -> tuple[Order, Agent]:
    """A push of it up to where the device changes over."""
    looked, order = look(bench, release), bench.order(release)
    agent = bench.agent(order.owner)
    transfer(agent, order, looked["missing"], bench.tell)
    return order, agent


def begun(bench: Bench, release: Release) -> tuple[Order, Agent]:
    """A push of it whose transaction the device has begun."""
    order, agent = sent(bench, release)
    apply.start(agent, order, wait_s=0.0)
    return order, agent


def push(bench: Bench, release: Release, **changed: Any) -> dict[str, Any]:
    order, agent = bench.order(release, **changed), bench.agent()
    looked = preflight.step(agent, order, bench.tell)
    if looked["unchanged"]:
        return looked
    transfer(agent, order, looked["missing"], bench.tell)
    return apply.step(agent, order, bench.tell)


def running(bench: Bench) -> str | None:
    layout = Layout(bench.device.root)
    return layout.id_of(layout.current)

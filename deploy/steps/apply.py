"""Lets the device change over to a release, and follows it there over lost connections."""

from __future__ import annotations

import io
import tarfile
import time
from collections.abc import Callable
from typing import Any

from deploy.device import Agent, ConnectionLostError, DeviceError, answer
from deploy.journal import Tell
from deploy.steps.locking import unlock
from deploy.steps.order import Order
from deploy.steps.preflight import unsigned

#: Phases of the agent's transaction that nothing follows.
ENDED = frozenset({"good", "unchanged", "rolled-back", "failed"})
#: The agent answers when it has ended, or after so long.
WAIT_S = 3
#: So many answers in a row that nobody works on it mean that nobody will; at first the work has yet to begin.
IDLE_ANSWERS = 4
RECONNECT_EVERY_S = 3.0
#: The files arrive as a tar file on stdin; the agent copies them, and nothing of it may work in that folder.
_WITH_FILES = (
    'cd / && d=$(mktemp -d) && tar -xf - -C "$d" && '
    '"$@" --manifest "$d/manifest.json" --signature "$d/manifest.json.sig"; s=$?; rm -rf "$d"; exit $s'
)


def step(agent: Agent, order: Order, tell: Tell) -> dict[str, Any]:
    """Change over; the device itself gives the lock back, unless the transaction was cut off and healed.

    Returns:
        The agent's last progress.

    Raises:
        DeviceError: It did not end well; the old release runs.
        ConnectionLostError: As :func:`follow` says.
    """
    tell("verify")
    try:
        progress = verdict(_changed_over(agent, order, tell), order)
    except DeviceError:
        unlock(agent, tell)  # a transaction that was cut off did not
        raise
    if progress.get("unlocked"):
        tell("lock", facts={"locked": False})
    else:
        unlock(agent, tell)  # a healed transaction ends without its closing
    outcome = "good" if progress["phase"] == "good" else "unchanged"
    facts = {name: progress[name] for name in ("phases", "pruned", "warnings") if name in progress}
    tell("gate", outcome=outcome, facts=facts)
    return {"progress": progress, "changed": True}


def _changed_over(agent: Agent, order: Order, tell: Tell) -> dict[str, Any]:
    try:
        progress = start(agent, order)
    except ConnectionLostError:
        progress = follow(agent, order, tell)
        # Lost before it had begun: what the device tells is an older push's, perhaps of this very release.
        if (progress.get("release"), progress.get("who")) != (order.release["id"], agent.owner):
            progress = start(agent, order)
    return progress if _is_over(progress) else follow(agent, order, tell)


def start(agent: Agent, order: Order, wait_s: float = WAIT_S) -> dict[str, Any]:
    """Begin the transaction on the device, unless one runs there already; wait a little for its end.

    Returns:
        The agent's progress; empty where it is not known.

    Raises:
        DeviceError: The device refuses: another one's lock, no manifest.
    """
    words = ["--detach", "--wait-s", str(wait_s), "--close", *order.limits, *order.allowances]
    command = ["sh", "-c", _WITH_FILES, "-", *agent.command("apply", *words)]
    try:
        return answer("apply", agent.device.run(command, _packed(order)))
    except DeviceError as err:
        if err.code != "busy":  # an interrupted push began it; follow tells whether it is ours
            raise
        return {}


def _is_over(progress: dict[str, Any]) -> bool:
    return progress.get("phase") in ENDED and not progress.get("running")


def _packed(order: Order) -> bytes:
    """Manifest and signature as a tar file.

    Raises:
        DeviceError: One is missing.
    """
    out = io.BytesIO()
    try:
        with tarfile.open(fileobj=out, mode="w") as packed:
            for path in (order.release_file, order.signature_file):
                packed.add(path, path.name)
    except FileNotFoundError as err:
        raise unsigned(err.filename) from err
    return out.getvalue()


def follow(
    agent: Agent,
    order: Order,
    tell: Tell,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, Any]:
    """Watch the transaction to its end.

    Returns:
        The agent's last progress: release, phase, phases (seconds each), reason.

    Raises:
        DeviceError: Nobody works on it any more, and it has not ended.
        ConnectionLostError: The device was away for longer than allowed; it goes on by itself.
    """
    answered, idle, last = clock(), 0, "verify"
    progress: dict[str, Any] = {}
    while idle < IDLE_ANSWERS:
        try:
            progress = agent.call("progress", "--wait-s", str(WAIT_S))
        except ConnectionLostError:
            if clock() - answered > order.lost_after_s:
                raise
            tell(last, reason="connection lost; the device goes on by itself, connecting again")
            sleep(RECONNECT_EVERY_S)
            continue
        answered, idle = clock(), 0 if progress.get("running") else idle + 1
        if _is_over(progress):
            return progress
        if progress.get("phase", last) not in (last, *ENDED):
            last = str(progress["phase"])
            tell(last)
    if progress.get("release") != order.release["id"]:
        return progress
    raise DeviceError(
        "failed",
        f"the device stopped working on it in the phase {last} (power cut?); it heals by itself, push again",
    )


def verdict(progress: dict[str, Any], order: Order) -> dict[str, Any]:
    """What a push says of a transaction that has ended.

    Raises:
        DeviceError: It did not end well; the code is ``rolled-back`` or ``failed``.
    """
    release = order.release["id"]
    if progress.get("release") != release:
        raise DeviceError(
            "failed", f"the device works on release {progress.get('release')}, not on {release}; push again"
        )
    if progress["phase"] not in ("good", "unchanged"):
        raise DeviceError(progress["phase"], str(progress.get("reason") or "no reason given"))
    return progress

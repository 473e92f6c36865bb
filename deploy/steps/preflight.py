"""Whether a device can take a release, before anything at it has changed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from deploy.device import OTHER_AGENT, Agent, DeviceError, answer, said
from deploy.journal import Tell
from deploy.steps.locking import lock_words, refuse_locked
from deploy.steps.order import Order

#: $1 sha256, $2 the agent's path, then the command that is to run if it is ours.
_IF_OURS = f'echo "$1  $2" | sha256sum -c --status 2>/dev/null || exit {OTHER_AGENT}; shift 2; exec "$@"'
_INSTALL = 'mkdir -p -m 755 "${1%/*}" && cat > "$1.new" && mv "$1.new" "$1"'
_KEEP_FOR_NOW = 'file=$(mktemp) && cat > "$file" && echo "$file"'


def ask(agent: Agent, order: Order, verb: str, *arguments: str, stdin: bytes = b"") -> dict[str, Any]:
    """Call the agent; that of this checkout is put there first, where it is not.

    Raises:
        DeviceError: The agent cannot be written there, does not answer, or refuses.
    """
    content = order.agent_file.read_bytes()
    asked = [
        "sh",
        "-c",
        _IF_OURS,
        "-",
        hashlib.sha256(content).hexdigest(),
        agent.path,
        *agent.command(verb, *arguments),
    ]
    ran = agent.device.run(asked, stdin)
    if ran.status == OTHER_AGENT:
        put = agent.device.run(["sh", "-c", _INSTALL, "-", agent.path], content)
        if put.status != 0:
            last = (put.stderr.strip() or f"exit {put.status}").splitlines()[-1]
            raise DeviceError(
                "read-only", f"the agent cannot be written to {agent.path}: {last}; is the disk writable?"
            )
        ran = agent.device.run(asked, stdin)
    return answer(verb, ran)


@contextmanager
def visiting(agent: Agent, order: Order) -> Iterator[Agent]:
    """The agent for once: it is gone from the device afterwards."""
    ran = agent.device.run(["sh", "-c", _KEEP_FOR_NOW], order.agent_file.read_bytes())
    if ran.status != 0:
        raise DeviceError("read-only", f"no temporary file can be made: {ran.stderr.strip()}")
    file = ran.stdout.split()[-1]
    try:
        yield replace(agent, brought_to=file)
    finally:
        agent.device.run(["rm", "-f", file])


def look(agent: Agent, order: Order, tell: Tell) -> dict[str, Any]:
    """What a push would change; nothing does.

    Returns:
        As :func:`step`.

    Raises:
        DeviceError: As :func:`step`.
    """
    tell("preflight")
    with visiting(agent, order) as visitor:
        facts = visitor.call("facts")
        refuse_locked(facts, order.owner, facts["clock_s"])
        found = _planned(visitor, order, facts)
    tell("plan", facts=_told(found), outcome="unchanged" if found["unchanged"] else "planned")
    return found


def step(agent: Agent, order: Order, tell: Tell) -> dict[str, Any]:
    """Refuse what cannot work, take the lock, and ask what the release would change.

    Returns:
        missing: Blobs that the device lacks. diff: What would change. unchanged: Whether it runs this release
        already. warnings: What does not stand against it.

    Raises:
        DeviceError: ``locked``, or all faults of this device in one message.
        ConnectionLostError: It does not answer.
    """
    tell("preflight")
    found = ask(agent, order, "preflight", *lock_words(order), *_release(order), stdin=_manifest(order))
    tell("lock", facts={"locked": found["locked"]})
    found = _found(found, found, unchanged=found["unchanged"])
    tell("plan", facts=_told(found), outcome="unchanged" if found["unchanged"] else None)
    return found


def missing(agent: Agent, order: Order) -> list[dict[str, Any]]:
    """The blobs that the device lacks by now, and how much of each it has.

    Raises:
        DeviceError: The agent refuses.
        ConnectionLostError: The device does not answer.
    """
    blobs: list[dict[str, Any]] = agent.call("plan", *_release(order), stdin=_manifest(order))["missing"]
    return blobs


def _planned(agent: Agent, order: Order, facts: dict[str, Any]) -> dict[str, Any]:
    plan = agent.call("plan", *_release(order), stdin=_manifest(order))
    unchanged = plan["diff"]["unchanged"] and not facts["on_trial"] and not facts["transaction"]
    return _found(plan, facts, unchanged=unchanged)


def _release(order: Order) -> list[str]:
    try:
        signed = base64.b64encode(order.signature_file.read_bytes()).decode()
    except FileNotFoundError as err:
        raise unsigned(order.signature_file) from err
    return ["--manifest", "/dev/stdin", "--signature-base64", signed, *order.allowances]


def unsigned(file: Path) -> DeviceError:
    """That somebody has tidied the store up since the release was built."""
    return DeviceError(
        "unsigned", f"{file} is not there any more; push again, which builds and signs the release"
    )


def _manifest(order: Order) -> bytes:
    return order.release_file.read_bytes()


def _found(plan: dict[str, Any], facts: dict[str, Any], *, unchanged: bool) -> dict[str, Any]:
    if plan["obstacles"]:
        raise DeviceError("preflight", "; ".join(said(obstacle) for obstacle in plan["obstacles"]))
    warnings = [*plan["warnings"], *(not_ready(facts) if unchanged else []), *_taken_over(plan)]
    return {"missing": plan["missing"], "diff": plan["diff"], "unchanged": unchanged, "warnings": warnings}


def _taken_over(plan: dict[str, Any]) -> list[str]:
    """That somebody's lock had expired: their push may have been left half way."""
    lock = plan.get("taken_over")
    return [f"the lock of {lock['owner']} ({lock['why']}) had expired and was taken over"] if lock else []


def _told(found: dict[str, Any]) -> dict[str, Any]:
    return {"diff": found["diff"], "warnings": found["warnings"]}


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

"""The steps by name, as the playbooks call them; how they end is also written to the run's journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from deploy.device import Agent, ConnectionLostError, Device, DeviceError
from deploy.journal import Outcome, Tell, teller
from deploy.steps import apply, canaries, care, preflight
from deploy.steps.order import Order
from deploy.steps.soak import soak
from deploy.steps.transfer import transfer
from deploy.steps.trust import trust

#: The phase of the journal in which a step's failure is written; None: the one that it was in.
_PHASE: dict[str, str | None] = {"prepare": "init", "trust": "init", "rollback": None, "canaries": "plan"}
_OUTCOMES: dict[str, Outcome] = {"rolled-back": "rolled-back", "locked": "locked", "no-canary": "stopped"}


def run_step(device: Device, given: Mapping[str, Any], *, check: bool) -> dict[str, Any]:
    """Run one step at one device.

    Args:
        device: The host.
        given: The task's arguments: ``step``, and what :class:`Order` and :class:`Agent` take.
        check: Whether nothing may change (``--check``).

    Returns:
        What Ansible registers.

    Raises:
        DeviceError: The device refuses, or the release does not hold there.
        ConnectionLostError: It does not answer.
    """
    name = given["step"]
    order = _order(given)
    agent = Agent(device, order.owner, given["root"], given["supervisor"], given["python"])
    tell = _Telling(teller(Path(given["journal"]) if given.get("journal") else None, order.host), name)
    if check and name not in ("preflight", "status"):
        return {"skipped": True}
    try:
        return _steps(agent, order, tell, given, check)[name]()
    except DeviceError as err:
        tell.failure(_OUTCOMES.get(err.code, "failed"), err)
        raise
    except ConnectionLostError as err:
        tell.failure("pending", err)
        raise


def _steps(
    agent: Agent, order: Order, tell: Tell, given: Mapping[str, Any], check: bool
) -> dict[str, Callable[[], dict[str, Any]]]:
    return {
        "trust": lambda: trust(agent, given["signers"], given["others"], tell),
        "prepare": lambda: care.prepare(agent, order, tell),
        "preflight": lambda: (preflight.look if check else preflight.step)(agent, order, tell),
        "canaries": lambda: canaries.require(given["canaries"], given["ready"]),
        "transfer": lambda: transfer(agent, order, given["missing"], tell),
        "apply": lambda: apply.step(agent, order, tell),
        "prune": lambda: care.prune(agent, order, tell),
        "soak": lambda: soak(agent, order, tell),
        "status": lambda: care.status(agent, tell),
        "manifest": lambda: care.manifest(agent, tell),
        "rollback": lambda: care.rollback(agent, order, tell, given.get("to") or ""),
        "unlock": lambda: care.give_back(agent, tell),
    }


class _Telling:
    """Writes to the journal, and knows where a step was when it failed."""

    def __init__(self, tell: Tell, step: str) -> None:
        self._tell, self._step, self._last = tell, step, step

    def __call__(self, phase: str, **fields: Any) -> None:
        self._last = phase if phase != "lock" else self._last
        self._tell(phase, **fields)

    def failure(self, outcome: Outcome, err: Exception) -> None:
        """How it ended."""
        phase = _PHASE.get(self._step, self._step) or self._last
        facts = {name: getattr(err, name, "") for name in ("code", "held_by")}
        self._tell(phase, outcome=outcome, reason=str(err), facts=facts)


def _order(given: Mapping[str, Any]) -> Order:
    paths = {name: Path(given[name]) if given.get(name) else None for name in ("manifest", "blobs")}
    return Order(
        host=given["host"],
        agent_file=Path(given["agent"]),
        owner=given["owner"],
        why=given["why"],
        **paths,
        allow_downgrade=bool(given["allow_downgrade"]),
        allow_rename=bool(given["allow_rename"]),
        lock_ttl_s=int(given["lock_ttl_s"]),
        lost_after_s=float(given["lost_after_s"]),
        soak_s=float(given["soak_s"]),
        keep_releases=int(given["keep_releases"]),
        min_free_bytes=int(given["min_free_bytes"]),
    )

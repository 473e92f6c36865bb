"""Where each host of a run is, by what its journal and Ansible tell (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from deploy.journal import HostEvent, Outcome
from deploy.ssh.unreachable import no_root

#: In these phases nothing at the device has changed but its store of blobs.
_BEFORE_CHANGE = frozenset({"queued", "preflight", "lock", "plan", "transfer"})
#: In these a device that is lost may run either release.
_CHANGING = frozenset({"verify", "unpack", "self-test", "apply", "switch", "gate", "soak"})
_BAD: frozenset[Outcome | None] = frozenset({"rolled-back", "failed", "pending", "locked", "stopped"})


@dataclass(frozen=True)
class Row:
    """One host of a run.

    Attributes:
        batch: From 1; canaries are the first, where there are any.
        done, total: Of the phase; None where it has no measure.
        outcome: None while it goes on, or where it was never its turn.
        facts: What is known by now, the later replacing the earlier (warnings stay): diff, locked, code.
        seconds: How long each phase took, by this machine's clock.
        unwatched: Whether it changed over in this run and has not soaked to the end since.
    """

    host: str
    batch: int = 1
    phase: str = "queued"
    since: float = 0.0
    done: int | None = None
    total: int | None = None
    outcome: Outcome | None = None
    reason: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    unwatched: bool = False

    @property
    def locked(self) -> bool:
        """Whether our lock is on the device, as far as is known."""
        return bool(self.facts.get("locked"))

    @property
    def in_doubt(self) -> bool:
        """Whether it was lost while it changed: it may run either release."""
        return self.outcome == "pending" and self.phase in _CHANGING

    def owes_soak(self, last_batch: int) -> bool:
        """Whether it has the release, and must yet be watched before others get it.

        Args:
            last_batch: Of the run; nobody comes after those in it.
        """
        cut_off = self.phase == "soak" and self.outcome in (None, "pending")
        return cut_off or (self.unwatched and self.batch < last_batch)


def advance(row: Row, event: HostEvent) -> Row:
    """The row after one more event."""
    seconds = dict(row.seconds)
    if row.since and row.phase != "queued":
        seconds[row.phase] = seconds.get(row.phase, 0.0) + max(0.0, event.at - row.since)
    # A new attempt (resume) begins with preflight and forgets how the last one ended; and what the gate
    # found good is not good to the others before the soak says so.
    again = row.outcome is not None and event.outcome is None and event.phase in ("preflight", "soak")
    return replace(
        row,
        phase=row.phase if event.phase == "lock" else event.phase,
        since=event.at,
        done=event.done,
        total=event.total,
        outcome=None if again else event.outcome or row.outcome,
        reason=_reason(row, event, again=again),
        facts=_known_by_now(row.facts, event.facts or {}),
        seconds=seconds,
        unwatched=_unwatched(row, event),
    )


def _reason(before: Row, event: HostEvent, *, again: bool) -> str:
    """An empty one ends what was told on the way."""
    if event.reason is not None:
        return event.reason
    return "" if again or event.outcome else before.reason


def _unwatched(before: Row, event: HostEvent) -> bool:
    if event.phase in ("gate", "soak") and event.outcome in ("good", "unchanged"):
        return event.phase == "gate"
    return before.unwatched


def _known_by_now(before: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """Warnings of all phases stay together."""
    found = {**before, **told}
    if "warnings" in before and "warnings" in told:
        found["warnings"] = [
            *before["warnings"],
            *(one for one in told["warnings"] if one not in before["warnings"]),
        ]
    return found


def fold(rows: Mapping[str, Row], events: Iterable[HostEvent]) -> dict[str, Row]:
    """All rows after some events; those of unknown hosts are left out."""
    after = dict(rows)
    for event in events:
        if event.host in after:
            after[event.host] = advance(after[event.host], event)
    return after


def of_ansible(event: Mapping[str, Any], row: Row | None, at: float) -> HostEvent | None:
    """What an event of ansible-runner adds to the journal: how a task ended that is not ours, or broke.

    Args:
        event: Of ansible-runner.
        row: The host's, as the journal has it.
        at: Unix time.
    """
    kind, data = event.get("event"), event.get("event_data", {})
    if row is None or kind not in ("runner_on_failed", "runner_on_unreachable") or data.get("ignore_errors"):
        return None
    if row.outcome in _BAD:  # the step has said it better
        return None
    result = data.get("res") or {}
    items = [item for item in result.get("results", ()) if item.get("failed") or item.get("unreachable")]
    last = items[-1] if items else result
    said = str(last.get("msg") or last.get("module_stderr") or "no reason given").strip()
    outcome: Outcome = "pending" if kind == "runner_on_unreachable" else "failed"
    return HostEvent(row.host, at, row.phase, outcome=outcome, reason=str(no_root(said) or said))


def ended(row: Row, *, interrupted: bool, verb: str = "push") -> Row:
    """The row when the run is over: what had no outcome gets one."""
    if row.outcome is not None:
        return row
    if row.phase not in _BEFORE_CHANGE:
        asks = "resume asks" if verb == "push" else "status tells"
        said = f"interrupted; the device goes on by itself; {asks} how it ended"
        if row.phase == "soak":
            said = "interrupted while it was watched; resume watches it again, before the others get it"
        return replace(row, outcome="pending", reason=said)
    why = "interrupted" if interrupted else "the rollout stopped before its turn"
    return replace(row, outcome="stopped", reason=f"{why}; nothing has changed there")

"""What happens at each host during a run: JSON lines, written where the work is, read by who shows it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from deploy import line_file

#: planned: nothing was to change, and what would is known. stopped: the run ended before this host's turn.
Outcome = Literal["good", "unchanged", "planned", "rolled-back", "failed", "pending", "locked", "stopped"]
#: Of a push, in order; the middle ones are the agent's.
PHASES = (
    "preflight",
    "plan",
    "transfer",
    "verify",
    "unpack",
    "self-test",
    "switch",
    "gate",
    "prune",
    "soak",
)


@dataclass(frozen=True)
class HostEvent:
    """One thing that happened at one host.

    Attributes:
        at: Unix time in seconds.
        phase: What the host is in.
        done, total: Of the phase, in its own unit; None where there is no measure.
        outcome: How the push ended for this host; later ones replace earlier ones.
        reason: Why, where it is not good; empty: what was told before is over.
        facts: What else is known by now: figures of the summary, the diff of a plan.
    """

    host: str
    at: float
    phase: str
    done: int | None = None
    total: int | None = None
    outcome: Outcome | None = None
    reason: str | None = None
    facts: dict[str, Any] | None = None


#: Takes the fields of an event but for host and time.
Tell = Callable[..., None]


def teller(folder: Path | None, host: str, clock: Callable[[], float] = time.time) -> Tell:
    """What appends events of one host to its file; nothing where nobody reads (plain Ansible)."""

    def tell(phase: str, **fields: Any) -> None:
        if folder is None:
            return
        event = asdict(HostEvent(host, clock(), phase, **fields))
        line = json.dumps({name: value for name, value in event.items() if value is not None}).encode()
        line_file.append(folder / f"{host}.jsonl", line + b"\n")

    return tell


class Journal:
    """Reads what is new in all files of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._offsets: dict[Path, int] = {}

    def fresh(self) -> Iterator[HostEvent]:
        """Events since the last call, host by host; a line that is still being written waits."""
        for path in sorted(self._folder.glob("*.jsonl")):
            with path.open("rb") as file:
                file.seek(self._offsets.get(path, 0))
                whole = file.read().rpartition(b"\n")[0]
            if whole:
                self._offsets[path] = self._offsets.get(path, 0) + len(whole) + 1
                yield from filter(None, map(_event, whole.splitlines()))


def _event(line: bytes) -> HostEvent | None:
    """None for a line that was not written to its end: what it told is lost, and the lines after it count."""
    try:
        return HostEvent(**json.loads(line))
    except (ValueError, TypeError):
        return None

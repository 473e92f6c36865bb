"""The seam to one device: run a command as root, bring a file, call the agent that lies there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from edge.errors import EmotionEdgeError

#: Status of a command that asks for our agent, where another one is there, or none.
OTHER_AGENT = 97


class DeviceError(EmotionEdgeError):
    """A device refuses or fails what it was asked for.

    Attributes:
        code: For scripts.
        held_by: Whose lock is in the way; empty where none is.
    """

    def __init__(self, code: str, message: str, held_by: str = "") -> None:
        super().__init__(message)
        self.code, self.held_by = code, held_by


class ConnectionLostError(EmotionEdgeError):
    """The device does not answer; what it works on by itself goes on."""


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    status: int
    stdout: str
    stderr: str


class Device(Protocol):
    """One device; nothing is brought there but on a command's stdin: every connection of Ansible has that."""

    def run(self, command: Sequence[str], stdin: bytes = b"") -> Ran:
        """Run a command as root and wait for its end.

        Raises:
            ConnectionLostError: The device does not answer.
            DeviceError: It refuses the connection, or the user cannot become root.
        """


@dataclass(frozen=True)
class Agent:
    """The agent on a device: one JSON object comes back from each verb.

    Attributes:
        owner: Who asks, for lock and audit log.
        root: What the device takes for ``/``; another folder in tests.
        supervisor: What starts the daemon there; empty: what the agent finds.
        python: Interpreter that runs the agent.
        brought_to: Where the agent lies for once; empty: where it is installed.
    """

    device: Device
    owner: str
    root: str = "/"
    supervisor: str = ""
    python: str = "python3"
    brought_to: str = ""

    @property
    def path(self) -> str:
        """Where it lies on the device; the one that watches at boot is another, which a good push renews."""
        return self.brought_to or str(Path(self.root) / "var/lib/emotion-edge-agent/agent.pyz")

    def command(self, verb: str, *arguments: str) -> list[str]:
        """The command line of a verb."""
        own = ["--root", self.root, "--owner", self.owner]
        own += ["--supervisor", self.supervisor] if self.supervisor else []
        # Isolated and without site-packages: nothing of the device's own can get in, and it starts sooner.
        return [self.python, "-I", "-S", self.path, *own, verb, *arguments]

    def call(self, verb: str, *arguments: str, stdin: bytes = b"") -> dict[str, Any]:
        """Run a verb.

        Raises:
            DeviceError: The agent refuses (its own words), or there is none that answers.
            ConnectionLostError: The device does not answer.
        """
        return answer(verb, self.device.run(self.command(verb, *arguments), stdin))


def answer(verb: str, ran: Ran) -> dict[str, Any]:
    """What the agent said.

    Raises:
        DeviceError: It refused, or said nothing.
    """
    found = last_object(ran.stdout)
    if found is None:
        raise DeviceError("no-agent", _no_answer(verb, ran))
    # With status 0 it tells of an error that a transaction had.
    if ran.status != 0 and found.get("error"):
        lock = found["error"].get("lock") or {}
        raise DeviceError(
            found["error"].get("code", "refused"), said(found["error"]), str(lock.get("owner") or "")
        )
    return found


def said(error: dict[str, Any]) -> str:
    """An agent's error as one line: what, where, what to do."""
    where = f" ({error['where']})" if error.get("where") else ""
    do = f"; {error['do']}" if error.get("do") else ""
    return f"{error.get('what', 'refused')}{where}{do}"


def last_object(text: str) -> dict[str, Any] | None:
    """What an agent printed; None where none was reached."""
    # A login banner or a profile may have printed before it.
    for line in reversed(text.strip().splitlines()):
        try:
            found = json.loads(line)
        except ValueError:
            continue
        return found if isinstance(found, dict) else None
    return None


def _no_answer(verb: str, ran: Ran) -> str:
    last = (ran.stderr.strip() or ran.stdout.strip() or "it said nothing").splitlines()[-1]
    return f"the agent did not answer {verb} (exit {ran.status}): {last}"

"""What one examination found, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from edge.contract.command_line import EX_CONFIG
from edge.errors import ContractError, EmotionEdgeError

Verdict = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes:
        part: What was examined.
        verdict: ``warn``: it works, but something will go wrong, or cannot be known.
        found: What is the case.
        advice: What to do; empty where it is well.
        status: What the command's exit status becomes at least.
    """

    part: str
    verdict: Verdict
    found: str
    advice: str = ""
    status: int = 0

    @property
    def text(self) -> str:
        """Found and advice as one sentence."""
        return f"{self.found}; {self.advice}" if self.advice else self.found


def ok(part: str, found: str) -> Finding:
    """All is well."""
    return Finding(part, "ok", found)


def warn(part: str, found: str, advice: str) -> Finding:
    """Worth knowing; the exit status stays 0."""
    return Finding(part, "warn", found, advice)


def fail(part: str, found: str, advice: str) -> Finding:
    """It does not work."""
    return Finding(part, "fail", found, advice, status=1)


def failed(part: str, err: EmotionEdgeError) -> Finding:
    """An error as a finding: its message says what, then what to do."""
    found, _, advice = str(err).partition("; ")
    return Finding(part, "fail", found, advice, EX_CONFIG if isinstance(err, ContractError) else 1)


def examined(part: str, examine: Callable[[], str]) -> Finding:
    """What an examination says, or the error that it ended with."""
    try:
        return ok(part, examine())
    except EmotionEdgeError as err:
        return failed(part, err)
    except OSError as err:
        return fail(part, str(err), "look whether this user may do that, or run it as the service's user")


def exit_status(findings: Iterable[Finding]) -> int:
    """78 where a file must be corrected, 1 where something outside fails, else 0."""
    return max((finding.status for finding in findings), default=0)

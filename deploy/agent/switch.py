"""Which release runs, whether it has proven itself, and which one is returned to.

``current`` changes in one rename. Before a release that is not proven gets it, ``trial.json`` says so:
whoever finds that file after a crash or power cut knows what to return to.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from deploy.agent import durable
from deploy.agent.layout import Layout

#: Starts of a release on trial that nobody watched to the end: at the next one the device returns by itself.
MAX_STARTS = 3


class Trial(NamedTuple):
    """A release that runs and is not proven.

    Attributes:
        release: On trial.
        previous: What is returned to, None where nothing ran before.
        older: What ``previous`` pointed at before.
        baseline: The health record of the release before.
    """

    release: str
    previous: str | None
    older: str | None
    baseline: dict[str, Any] | None


class Switch:
    """Changes what runs; the daemon itself is not touched here."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._trial = layout.memory / "trial.json"
        self._starts = layout.memory / "boot-count"

    def trial(self) -> Trial | None:
        """The trial in force; one whose release does not run is none: it ended, or had not begun."""
        try:
            found = json.loads(self._trial.read_text())
        except (FileNotFoundError, ValueError):
            return None
        trial = Trial(**found)
        return trial if trial.release == self._layout.id_of(self._layout.current) else None

    def proven(self) -> str | None:
        """The newest release that is known to be good."""
        trial = self.trial()
        return trial.previous if trial else self._layout.id_of(self._layout.current)

    def begin(self, release: str, baseline: dict[str, Any] | None) -> Trial:
        """Let a release run on trial."""
        running, layout = self.trial(), self._layout
        if running is not None:
            trial = running._replace(release=release)
        else:
            self.abandon()
            current, older = layout.id_of(layout.current), layout.id_of(layout.previous)
            trial = Trial(release, current, older, baseline)
        durable.remove(self._starts)
        durable.write(self._trial, json.dumps(trial._asdict()).encode())
        if trial.previous is not None:
            durable.point(layout.previous, f"releases/{trial.previous}")
        durable.point(layout.current, f"releases/{release}")
        return trial

    def keep(self) -> None:
        """The release on trial is good."""
        durable.remove(self._trial)
        durable.remove(self._starts)

    def abandon(self) -> None:
        """Forget a beginning that was cut off before ``current`` changed: ``previous`` is what it was."""
        layout = self._layout
        try:
            begun = Trial(**json.loads(self._trial.read_text()))
        except (FileNotFoundError, ValueError):
            return self.keep()
        current = layout.id_of(layout.current)
        if begun.release == current:  # it has changed, whatever failed after that: the release is on trial
            return None
        moved = begun.previous == current == layout.id_of(layout.previous)
        if moved and begun.older not in (None, current):
            durable.point(layout.previous, f"releases/{begun.older}")
        return self.keep()

    def back(self, trial: Trial) -> None:
        """Return to what ran before the trial."""
        layout = self._layout
        if trial.previous is None:
            durable.remove(layout.current)
        else:
            durable.point(layout.current, f"releases/{trial.previous}")
        if trial.older is None or trial.older == trial.previous:
            durable.remove(layout.previous)
        else:
            durable.point(layout.previous, f"releases/{trial.older}")
        self.keep()

    def choose(self, release: str) -> None:
        """Let a release run without a trial: an operator wants it."""
        before = self.proven()
        durable.point(self._layout.current, f"releases/{release}")
        if before is not None and before != release:
            durable.point(self._layout.previous, f"releases/{before}")
        self.keep()

    def starts(self) -> int:
        """Of the release on trial, so far."""
        try:
            return int(self._starts.read_text())
        except (FileNotFoundError, ValueError):
            return 0

    def count_start(self) -> int:
        """One more."""
        count = self.starts() + 1
        durable.write(self._starts, str(count).encode())
        return count

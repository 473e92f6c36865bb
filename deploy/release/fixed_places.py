"""What a device of a fleet keeps where its agent looks for it, so that no configuration may say otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.release.placed import Placed
from edge.contract.yaml_source import dotted

_RECORD, _WHERE = ("health", "path"), "/run/emotion-edge/health.json"


def found(merged: Placed) -> Iterator[str]:
    """A fault for each value that would hide the device from its agent."""
    for path, value, place in merged.scalars():
        if path == _RECORD and value not in (None, _WHERE):
            yield (
                f"{place}: {dotted(path)}: the agent looks for the health record at {_WHERE}, and would "
                "take every release back; leave it out"
            )

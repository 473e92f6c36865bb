"""Whether anybody tries the release before the others get it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from deploy.device import DeviceError


def require(canaries: Collection[str], ready: Collection[str]) -> dict[str, Any]:
    """Stop a rollout that has canaries, where none of them can take part.

    Args:
        canaries: Of the rollout.
        ready: Hosts that answer, and that nothing stands against.

    Raises:
        DeviceError: ``no-canary``.
    """
    if set(canaries) & set(ready):
        return {}
    raise DeviceError(
        "no-canary",
        f"no canary can take the release now ({', '.join(canaries)}), and nobody gets it before one has; "
        "bring one back and resume, or go on without: resume --without-canary",
    )

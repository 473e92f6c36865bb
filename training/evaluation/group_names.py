"""What a summary calls runs that belong together: the network, and what tells them from others of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from training.comparison.row import in_words


def names_of(groups: Sequence[dict[str, Any]]) -> list[str]:
    """A name for each group, no two alike.

    Args:
        groups: ``metrics.json`` of one run of each.
    """
    said = [_said([other for other in groups if _same(one, other)], one) for one in groups]
    return [
        f"{name} #{said[: place + 1].count(name)}" if said.count(name) > 1 else name
        for place, name in enumerate(said)
    ]


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return bool(one["network"] == other["network"])


def _said(rivals: Sequence[dict[str, Any]], one: dict[str, Any]) -> str:
    """The network, with its start and its limits where these differ among the groups that use it."""
    parts = [told(one) for told in (_start, _limits) if len({told(rival) for rival in rivals}) > 1]
    return ", ".join([str(one["network"]), *parts])


def _start(metrics: dict[str, Any]) -> str:
    return f"from {metrics.get('init_from') or metrics.get('start', 'scratch')}"


def _limits(metrics: dict[str, Any]) -> str:
    given = metrics.get("limits") or {}
    judged = f"{given['eval_minutes']:g} min of judging" if "eval_minutes" in given else ""
    told = ", ".join(part for part in (in_words(given), judged) if part)
    return f"within {told}" if told else "no limits"

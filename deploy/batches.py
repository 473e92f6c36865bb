"""In which steps a rollout goes over its hosts (pure)."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.rollout_settings import Batch


def sizes(hosts: int, canaries: int, batches: Sequence[Batch]) -> list[int]:
    """Hosts of each batch: all canaries, then the configured batches, the last repeated.

    Args:
        hosts: Of the whole push, canaries included.
        canaries: How many of them; they come first.
        batches: A number of hosts, or a percentage of ``hosts``, rounded down but never below one.

    Returns:
        Sizes that add up to ``hosts``.
    """
    steps = [canaries] if canaries else []
    turn = 0
    while (left := hosts - sum(steps)) > 0:
        wanted = batches[min(turn, len(batches) - 1)]
        size = wanted if isinstance(wanted, int) else max(1, hosts * int(wanted.rstrip("%")) // 100)
        steps.append(min(size, left))
        turn += 1
    return steps


def number_of_each(batch_sizes: Sequence[int]) -> list[int]:
    """The batch, from 1, of each host in order."""
    return [number for number, size in enumerate(batch_sizes, start=1) for _ in range(size)]

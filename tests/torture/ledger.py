"""Whether everything that was published has arrived, once and in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from tests.torture.outcome import Finding, exactly

#: Start of the daemon and camera: within one, windows are numbered from 0.
Stream = tuple[str, str]


def audit(arrived: Iterable[Mapping[str, Any]], published: Mapping[Stream, int]) -> list[Finding]:
    """Compare what a subscriber heard with how many windows each stream published at least.

    Fresh and historical windows are each in order; a repeat has the id of the first.
    """
    first: dict[str, Mapping[str, Any]] = {}
    repeats = 0
    for window in arrived:
        repeats += window["id"] in first
        first.setdefault(window["id"], window)
    numbers: dict[Stream, list[int]] = defaultdict(list)
    by_kind: dict[tuple[Stream, bool], list[int]] = defaultdict(list)
    for window in first.values():
        stream = window["boot_id"], window["camera"]
        numbers[stream].append(window["seq"])
        by_kind[stream, window["historical"]].append(window["seq"])
    lost = sum(len(set(range(count)) - set(numbers[stream])) for stream, count in published.items())
    twice = sum(len(seen) - len(set(seen)) for seen in numbers.values())
    disorder = sum(a > b for seen in by_kind.values() for a, b in pairwise(seen))
    return [
        Finding("windows", sum(published.values()), "published", holds=bool(published)),
        exactly("lost", lost, 0),
        exactly("duplicates after de-duplication by id", twice, 0),
        exactly("out of order per camera", disorder, 0),
        Finding("repeats with the same id", repeats, "any", holds=True),
    ]

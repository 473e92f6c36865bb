"""What the project set itself, and what the parts found: the verdicts at the head of the report."""

from __future__ import annotations

import functools
import statistics
from collections.abc import Callable, Iterator

from tests.bench.part import Figures, spread, table
from tests.bench.part_scale import per_face_ms

#: Part -> its figures.
Found = dict[str, Figures]
Row = tuple[str, str, str, bool]


def verdicts(found: Found) -> list[str]:
    """A Markdown table of what has been measured so far."""
    rows = [
        (what, bound, measured, "holds" if holds else "**missed**")
        for judge in _JUDGES
        if judge.needs in found
        for what, bound, measured, holds in judge.rows(found[judge.needs])
    ]
    return table(["what", "target", "measured", ""], rows)


class _Judge:
    def __init__(self, needs: str, rows: Callable[[Figures], Iterator[Row]]) -> None:
        self.needs, self.rows = needs, rows


def _overhead(figures: Figures, detector: str = "") -> Iterator[Row]:
    for faces, one in figures.items():
        over = one["overhead"]
        yield (
            f"overhead over the limit, one 720p camera, {faces} faces{detector}",
            "at most 5%",
            f"{spread(over['ratio'], '.1f', 100)} %, {over['us_per_frame']['median']:.0f} us a frame",
            over["ratio"]["median"] <= 0.05,
        )


def _peers(figures: Figures) -> Iterator[Row]:
    for name, one in figures["one thread"].items():
        if name == "emotion-edge":
            continue
        bound = 5 if name.startswith("study") else 10
        yield (
            f"processor a frame against {name}",
            f"at most 1/{bound}",
            f"1/{one['ratio']['median']:.0f} (1/{one['ratio']['low']:.0f} to 1/{one['ratio']['high']:.0f})",
            one["ratio"]["median"] >= bound,
        )


def _faces(figures: Figures) -> Iterator[Row]:
    one, crowd = per_face_ms(figures, 1), per_face_ms(figures, 32)
    yield (
        "32 faces, cost a face against 1 face",
        "at most 1.0x",
        f"{crowd / one:.2f}x ({crowd:.3f} against {one:.3f} ms)",
        crowd <= one,
    )


def _daemon(figures: Figures) -> Iterator[Row]:
    runs = {run["cameras"]: run for run in figures["runs"]}
    four = runs[4]
    yield (
        "4 cameras of 720p at 5 fps, 2 faces each",
        "at most 60% of two cores, no drop",
        f"{four['cpu_share'] / 2:.0%}, {four['dropped']:.1%} dropped",
        four["cpu_share"] / 2 <= 0.6 and four["dropped"] == 0,
    )
    p50_ms, p95_ms = runs[1]["latency_p50_ms"], runs[1]["latency_p95_ms"]
    yield (
        "p95 latency, frame to event or state, one camera",
        "at most 2x the median",
        f"{p95_ms / p50_ms:.1f}x ({p95_ms:.0f} against {p50_ms:.0f} ms)",
        p95_ms <= 2 * p50_ms,
    )
    for cameras, bound_mb in ((1, 180), (4, 300)):
        pss_mb = runs[cameras]["pss_bytes"] / 1e6
        yield (f"memory, {cameras} cameras", f"{bound_mb} MB", f"{pss_mb:.0f} MB", pss_mb <= bound_mb)
    start_s = statistics.median(figures["starts_s"])
    yield ("process start to first analysed frame", "at most 1.5 s", f"{start_s:.2f} s", start_s <= 1.5)


def _outbox(figures: Figures) -> Iterator[Row]:
    """Visible is what adds a twentieth to the p95, or more."""
    for until, name in (("event_s", "append and commit"), ("checkpoint_s", "and the open window kept")):
        one = figures[until]
        yield (
            f"outbox: {name}, p95 latency with it over without",
            "not visible: below 1.05x",
            f"{spread(one['ratio'], '.3f')} ({one['p95_ms']['median']:.2f} and "
            f"{one['p95_without_ms']['median']:.2f} ms)",
            one["ratio"]["median"] < 1.05,
        )


_JUDGES = (
    _Judge("overhead", _overhead),
    _Judge("overhead-yunet", functools.partial(_overhead, detector=", YuNet")),
    _Judge("peers", _peers),
    _Judge("daemon", _daemon),
    _Judge("faces", _faces),
    _Judge("outbox", _outbox),
)

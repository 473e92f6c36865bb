"""What people use today, on the same film, in turn."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from edge.bench.in_process import Cost
from edge.bench.rounds import Spread, alternate, cpu_ms, ratio
from tests.bench.films import crowd
from tests.bench.part import Figures, Part, spread, table
from tests.bench.peer_list import peers
from tests.bench.peer_process import PeerProcess

_ROUNDS = 5
#: Ours is so much faster that as many frames would be over before the clock has moved.
_OUR_FRAMES, _THEIR_FRAMES = 60, 8
_THREADS = {"one thread": 1, "all cores": 0}


def _measure(work: Path) -> Figures:
    video = crowd(work, 1280, 720, 2)
    return {name: _compared(video, threads, work) for name, threads in _THREADS.items()}


def _compared(video: Path, threads: int, work: Path) -> Figures:
    with contextlib.ExitStack() as loaded:
        processes = []
        for number, peer in enumerate(peers()):
            frames = _THEIR_FRAMES if number else _OUR_FRAMES
            log = work / f"peer-{number}.log"
            processes.append(loaded.enter_context(PeerProcess(peer, video, frames, threads, log)))
            processes[-1].turn()
        ways: dict[str, Callable[[], Cost]] = {one.peer.name: one.turn for one in processes}
        costs = alternate(ways, _ROUNDS)
    ours = costs[processes[0].peer.name]
    return {
        one.peer.name: {
            "note": one.peer.note,
            "cpu_ms": asdict(cpu_ms(costs[one.peer.name])),
            "ratio": asdict(ratio(costs[one.peer.name], ours)),
            "wall_ratio": asdict(_wall_ratio(costs[one.peer.name], ours)),
            "faces_per_frame": costs[one.peer.name][0].faces / costs[one.peer.name][0].frames,
        }
        for one in processes
    }


def _wall_ratio(costs: list[Cost], to: list[Cost]) -> Spread:
    pairs = zip(costs, to, strict=True)
    return Spread.of([one.wall_s / one.frames / (other.wall_s / other.frames) for one, other in pairs])


def _tell(figures: Figures) -> list[str]:
    lines = []
    for threads, found in figures.items():
        rows = [
            [
                name,
                spread(one["ratio"], ".1f"),
                spread(one["wall_ratio"], ".1f"),
                f"{one['faces_per_frame']:.2f}",
                one["note"],
            ]
            for name, one in found.items()
        ]
        head = [
            f"{threads}",
            "processor a frame, times ours",
            "time a frame, times ours",
            "faces a frame",
            "",
        ]
        lines += [*table(head, rows), ""]
    return lines


PART = Part(
    "peers",
    f"What people use today (1280x720, two faces, {_ROUNDS} rounds in turn, loading not counted)",
    _measure,
    _tell,
)

"""``python -m tests.bench.versus CHECKOUT...``: this checkout against others, in turn, on one film.

A commit that makes something faster states what this printed.
"""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path

from edge.bench.rounds import alternate, cpu_ms, ratio
from tests.bench.films import crowd
from tests.bench.peer_process import ROOT, Peer, PeerProcess


def main() -> None:
    """Compare the processor time of a frame, one thread."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkouts", nargs="+", type=Path, help="the others, as folders")
    parser.add_argument("--video", type=Path, help="default: two faces in 1280x720")
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    work = ROOT / "runs" / "bench"
    work.mkdir(parents=True, exist_ok=True)
    video = (options.video or crowd(work, 1280, 720, 2)).resolve()
    peers = [Peer("this", ("this_project.py",))]
    peers += [Peer(path.name, ("this_project.py",), checkout=path.resolve()) for path in options.checkouts]
    with contextlib.ExitStack() as loaded:
        processes = [
            loaded.enter_context(PeerProcess(peer, video, options.frames, 1, work / f"{peer.name}.log"))
            for peer in peers
        ]
        costs = alternate({process.peer.name: process.turn for process in processes}, options.rounds)
    for name, found in costs.items():
        cost, times = cpu_ms(found), ratio(found, costs["this"])
        print(
            f"{name:<12} {cost.median:7.3f} ms a frame ({cost.low:.3f} to {cost.high:.3f}), "
            f"{times.median:.3f} of this ({times.low:.3f} to {times.high:.3f}), {found[0].faces} faces"
        )


if __name__ == "__main__":
    main()

"""``python -m tests.bench.observed_daemon CONFIG OUT``: the daemon, telling when it analysed each frame.

One line for each in OUT: the clock that never steps, the latency in seconds from the frame's capture
until its window is in the outbox or its state up to date, the camera, and the frames dropped before it.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from edge import settings
from edge.daemon.run import run_daemon
from edge.telemetry import Telemetry


def main() -> None:
    """Run until SIGTERM."""
    analysed = Telemetry.analysed
    with Path(sys.argv[2]).open("w", encoding="utf-8", buffering=1) as out:

        def noted(self: Telemetry, camera: str, latency_s: float, dropped: int) -> None:
            analysed(self, camera, latency_s, dropped)
            out.write(f"{time.monotonic()} {latency_s} {camera} {dropped}\n")

        Telemetry.analysed = noted  # type: ignore[method-assign]
        run_daemon(lambda: settings.load(Path(sys.argv[1])))


if __name__ == "__main__":
    main()

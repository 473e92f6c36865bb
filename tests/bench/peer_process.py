"""Peers as processes that wait for their turn, so that loading is in nobody's time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from edge.bench.in_process import Cost

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = Path(__file__).parent / "peers"
#: TensorFlow and the libraries under it read these when they are loaded.
_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
}
_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", "DEEPFACE_LOG_LEVEL": "50"}


@dataclass(frozen=True)
class Peer:
    """What is compared.

    Attributes:
        name: In the table.
        script: In ``tests/bench/peers``, with the arguments that come before the film.
        python: What runs it.
        checkout: Whose code ``edge`` and ``training`` are.
        note: What a reader must know of it.
    """

    name: str
    script: tuple[str, ...]
    python: Path = Path(sys.executable)
    checkout: Path = ROOT
    note: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


class PeerProcess:
    """One loaded peer; use it in a ``with`` statement.

    Raises:
        RuntimeError: It cannot be loaded; carries its last words.
    """

    def __init__(self, peer: Peer, video: Path, frames: int, threads: int, log: Path) -> None:
        self.peer, self._log = peer, log
        environment = {**os.environ, **_QUIET, **(_ONE_THREAD if threads == 1 else {}), **peer.environment}
        environment["PYTHONPATH"] = str(peer.checkout)
        script = [str(SCRIPTS / peer.script[0]), *peer.script[1:], str(video), str(frames), str(threads)]
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                [str(peer.python), *script],
                cwd=peer.checkout, env=environment, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            )  # fmt: skip

    def __enter__(self) -> PeerProcess:
        # Whatever its libraries print while they are loaded comes before.
        try:
            while self._line() != "ready":
                pass
        except RuntimeError:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        self._process.kill()
        self._process.communicate()

    def turn(self) -> Cost:
        """Let it analyse the film once."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        told = json.loads(self._line())
        return Cost(told["frames"], told["cpu_s"], told["wall_s"], told["faces"])

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            words = "\n".join(self._log.read_text(errors="replace").strip().splitlines()[-8:])
            raise RuntimeError(f"{self.peer.name} ended: {words}")
        return line.strip()

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.films import crowd
from tests.bench.peer_process import SCRIPTS, Peer, PeerProcess

CHATTY = f"""
import sys
sys.path.insert(0, {str(SCRIPTS)!r})
from turns import serve
print("a library says hello")

def load(threads):
    print("and again", threads)
    return lambda frame: print("at each frame") or 2

serve(load)
"""


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return crowd(tmp_path, 160, 120, 0, frames=6)


def peer(folder: Path, script: str) -> Peer:
    path = folder / "peer.py"
    path.write_text(script)
    return Peer("chatty", (str(path),))


def test_a_peer_takes_turns_whatever_its_libraries_print(tmp_path: Path, video: Path) -> None:
    with PeerProcess(peer(tmp_path, CHATTY), video, 4, 1, tmp_path / "log") as process:
        turns = [process.turn(), process.turn()]
    assert [(turn.frames, turn.faces) for turn in turns] == [(4, 8), (4, 8)]
    assert all(turn.wall_s > 0 for turn in turns)


def test_a_peer_that_cannot_be_loaded_tells_its_last_words(tmp_path: Path, video: Path) -> None:
    broken = PeerProcess(peer(tmp_path, "import no_such_package"), video, 4, 1, tmp_path / "log")
    with pytest.raises(RuntimeError, match=r"chatty ended: (?s:.*)no_such_package"), broken:
        pass

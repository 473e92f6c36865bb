"""One process works on a run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from deploy import run_lock
from edge.errors import EmotionEdgeError

_HOLDS = """
    import sys
    from pathlib import Path
    from deploy import run_lock
    with run_lock.held(Path(sys.argv[1])):
        print("held", flush=True)
        sys.stdin.read()
"""


def test_a_run_whose_process_lives_is_refused_with_its_pid_and_one_that_was_killed_is_not(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-c", textwrap.dedent(_HOLDS), str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        said = rf"it still runs \(pid {process.pid}\)"
        with pytest.raises(EmotionEdgeError, match=said):
            run_lock.refuse_running(tmp_path)
        with pytest.raises(EmotionEdgeError, match=said), run_lock.held(tmp_path):
            pass
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    run_lock.refuse_running(tmp_path)
    with (
        run_lock.held(tmp_path),
        pytest.raises(EmotionEdgeError, match=rf"pid {os.getpid()}\)"),
    ):
        run_lock.refuse_running(tmp_path)

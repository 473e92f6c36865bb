"""A run in a process of its own: one that needs too much memory, or crashes, takes no other with it.

TensorFlow gives memory back only when its process ends, too.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from edge.contract import strict_yaml
from edge.errors import EmotionEdgeError
from training.fitting import checkpoint
from training.recipe import Recipe

Say = Callable[[str], None]

#: In the run's folder: all that its commands said.
LOG = "commands.log"
_CRASHED = (-signal.SIGSEGV, -signal.SIGABRT)
#: TensorFlow 2.21's oneDNN kernels corrupt memory while they train mini-XCEPTION (8 channels).
_PLAIN_KERNELS = {"TF_ENABLE_ONEDNN_OPTS": "0"}


def fit(folder: Path, recipe: Path, data: Path, votes: Path | None, limits: Sequence[str], say: Say) -> None:
    """Train to the end, from the last checkpoint where there is one; nothing where the run is finished.

    Args:
        folder: Of the run.
        recipe: A recipe file.
        data: Faces.
        votes: FER+ votes, used only by a recipe that asks for them.
        limits: More options of ``fit``.
        say: Hears of each epoch.
    Raises:
        EmotionEdgeError: It failed; names the log.
        KeyboardInterrupt: The run is interrupted, too.
    """
    if (folder / "metrics.json").is_file():
        return
    options = ["--recipe", str(recipe), "--data", str(data), "--out", str(folder), *limits]
    options += ["--votes", str(votes)] if votes and _uses_votes(recipe) else []
    for environment in ({}, _PLAIN_KERNELS):
        resume = ["--resume"] if checkpoint.exists(folder) else []
        code, last = _run(["fit", *options, *resume], folder, say, environment)
        if code not in _CRASHED:
            break
        say(f"  {folder.name}: crashed in native code (signal {-code})")
    _require_success(code, last, folder)


def call(arguments: Sequence[str], folder: Path, say: Say) -> None:
    """One of our own commands, whose result is in ``folder``.

    Raises:
        EmotionEdgeError: It failed; names the log.
        KeyboardInterrupt: The command is interrupted, too.
    """
    _require_success(*_run(arguments, folder, say, {}), folder)


def _uses_votes(recipe: Path) -> bool:
    votes = strict_yaml.load(recipe, Recipe).votes
    return bool(votes.head_weight or votes.target_share)


def _run(arguments: Sequence[str], folder: Path, say: Say, environment: Mapping[str, str]) -> tuple[int, str]:
    """Exit code and last line of the command; its epochs are told, the log keeps all."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "training", *arguments]
    last = ""
    with (
        (folder / LOG).open("a", encoding="utf-8") as kept,
        subprocess.Popen(
            command,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):
        kept.write(f"$ {shlex.join(command)}\n")
        try:
            for line in process.stdout or ():
                kept.write(line)
                last = line.strip() or last
                if line.startswith("epoch "):
                    say(f"  {line.rstrip()}")
        except KeyboardInterrupt:
            # Two at work in one folder would spoil it: the same command may follow at once.
            process.terminate()
            process.wait()
            raise
    return process.returncode, last


def _require_success(code: int, last: str, folder: Path) -> None:
    if code:
        said = f"killed by signal {-code} (9: no memory left)" if code < 0 else f"exit code {code}"
        raise EmotionEdgeError(f"{said}: {last} (all of it: {folder / LOG})")

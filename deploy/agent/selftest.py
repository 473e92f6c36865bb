"""A release tries itself on this device, beside the one that runs, before anything is switched."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from deploy.agent.refusal import RefusedError
from deploy.agent.supervisor import Supervisor

#: Frames through the whole pipeline.
FRAMES = 20
_TIMEOUT_S = 600.0
#: ``emotion-edge check`` where only the broker is away: the daemon would start and keep trying.
_BROKER_AWAY = 1
_COUNTS = re.compile(r"(\d+) frames \((\d+) skipped\)")


def run(release: Path, supervisor: Supervisor, scratch: Path) -> None:
    """Configuration, networks with their golden vectors, and frames through the pipeline.

    Args:
        release: Its folder.
        supervisor: Runs commands as the daemon would be run.
        scratch: A folder for generated pictures.
    Raises:
        RefusedError: ``self-test-failed``, with what the release said.
    """
    program, configuration = str(release / "bin/emotion-edge"), str(release / "config/edge.yaml")
    from deploy.agent.picture import write_pictures

    check = [program, "check", "--no-cameras", "--config", configuration]
    _expect(supervisor, release, check, (0, _BROKER_AWAY))
    for bundle in sorted((release / "bundles").glob("*/manifest.json")):
        _expect(supervisor, release, [program, "models", "verify", str(bundle.parent)], (0,))
    pictures = scratch / "self-test"
    try:
        write_pictures(pictures, FRAMES)
        replay = [program, "replay", str(pictures), "--config", configuration]
        counts = _COUNTS.search(_expect(supervisor, release, replay, (0,)).stderr)
    finally:
        shutil.rmtree(str(pictures), ignore_errors=True)
    if counts is None or counts.groups() != (str(FRAMES), "0"):
        said = counts.group() if counts else "nothing"
        raise _failed(replay, f"{FRAMES} frames went in, it tells of {said}")


def _expect(
    supervisor: Supervisor, release: Path, command: list[str], allowed: tuple[int, ...]
) -> subprocess.CompletedProcess[str]:
    try:
        done = supervisor.try_command(release, command, _TIMEOUT_S)
    except subprocess.TimeoutExpired as err:
        raise _failed(command, f"no end after {_TIMEOUT_S:.0f} s") from err
    except OSError as err:
        raise _failed(command, f"cannot be started: {err.strerror}") from err
    if done.returncode not in allowed:
        raise _failed(command, f"exit status {done.returncode}: {_gist(done)}")
    return done


def _gist(done: subprocess.CompletedProcess[str]) -> str:
    """What a reader needs of what it said: the parts that are bad, or else the end."""
    lines = [line for line in (done.stdout + "\n" + done.stderr).splitlines() if line.strip()]
    bad = [line for line in lines if line.startswith("BAD")]
    return " | ".join(bad or lines[-3:])


def _failed(command: list[str], what: str) -> RefusedError:
    words = " ".join(command[1:3])
    return RefusedError(
        "self-test-failed", what, f"emotion-edge {words}", "mend the release; the old one runs on"
    )

"""Runs a playbook through ansible-runner; the only file that needs Ansible."""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.stopping import Stopping
from edge.errors import EmotionEdgeError

PLAYBOOKS = Path(__file__).parent / "ansible"
#: Once it is told to, also by an error of ours.
_ENDS_WITHIN_S = 5.0


@dataclass(frozen=True)
class Play:
    """What Ansible is asked to do.

    Attributes:
        playbook: Its name, as ``push.yml``.
        inventory: In Ansible's YAML form.
        folder: Of the run; inventory and Ansible's own artifacts go there.
        variables: Beside those of the inventory, and stronger.
        check: Whether nothing may change.
    """

    playbook: str
    inventory: Mapping[str, Any]
    folder: Path
    forks: int
    connect_timeout_s: int
    variables: Mapping[str, Any]
    check: bool = False


class Running:
    """A playbook that runs in the background."""

    def __init__(self, play: Play) -> None:
        """Start it.

        Raises:
            EmotionEdgeError: Ansible is not installed.
        """
        try:
            import ansible_runner  # noqa: PLC0415 - most of deploy does not need it
        except ImportError as err:
            raise EmotionEdgeError(
                "ansible-runner is not installed here; pip install 'emotion-edge[deploy]'"
            ) from err
        self.events: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._stop = self._ran = False
        self._folder = play.folder / "ansible"
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._inventory = self._folder / f"{Path(play.playbook).stem}.inventory.json"
        _write_for_us_alone(self._inventory, json.dumps(play.inventory, indent=1))
        try:
            self._thread, self._runner = ansible_runner.run_async(**self._asked(play))
        except BaseException:
            self._forget_files()
            raise

    def _asked(self, play: Play) -> dict[str, Any]:
        return {
            "private_data_dir": str(self._folder),
            "playbook": str(PLAYBOOKS / play.playbook),
            "inventory": str(self._inventory),
            "extravars": dict(play.variables),
            "envvars": environment(os.environ, play),
            "cmdline": "--check --diff" if play.check else None,
            "forks": play.forks,
            "quiet": True,
            "settings": {"pexpect_timeout": 1},
            "suppress_env_files": True,
            "event_handler": self._take,
            "cancel_callback": lambda: self._stop,
        }

    def _take(self, event: dict[str, Any]) -> bool:
        if event.get("event") == "playbook_on_start":
            self._forget_environment()
        self.events.put(event)
        self._ran = self._ran or event.get("event") == "playbook_on_stats"
        return False  # no need to keep it as a file too

    def forget(self) -> None:
        """End it, if it goes on; remove what may hold secrets: its inventory, and the whole environment."""
        try:
            if self.alive:
                self.stop()
                self.wait(_ENDS_WITHIN_S)
        finally:
            self._forget_files()

    def _forget_files(self) -> None:
        self._inventory.unlink(missing_ok=True)
        self._forget_environment()

    def _forget_environment(self) -> None:
        """What ansible-runner writes down of each start, for those who ask it later; nobody does."""
        for file in self._folder.glob("artifacts/*/command"):
            file.unlink(missing_ok=True)

    def stop(self) -> None:
        """Begin nothing more; devices finish by themselves what they are at."""
        self._stop = True

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return bool(self._thread.is_alive())

    def wait(self, timeout_s: float) -> None:
        """Wait for its end, no longer than ``timeout_s``."""
        self._thread.join(timeout_s)

    @property
    def complaint(self) -> str:
        """What Ansible itself could not do (a playbook, a plugin); empty where it ran."""
        if self._ran or self._stop:
            return ""
        said = Path(self._runner.config.artifact_dir, "stdout")
        lines = said.read_text(errors="replace").strip().splitlines() if said.exists() else []
        return f"Ansible ended with {self._runner.rc}: " + (" ".join(lines[-8:]) or "it said nothing")


def _write_for_us_alone(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def environment(given: Mapping[str, str], play: Play) -> dict[str, str]:
    """What Ansible is told through the environment; an ``ansible.cfg`` of the operator holds for the rest."""
    alive = ("-o ServerAliveInterval=5", "-o ServerAliveCountMax=3")
    return {
        # The plugin of the role imports this package, wherever it was started from.
        "PYTHONPATH": os.pathsep.join(
            filter(None, (str(Path(__file__).parent.parent), given.get("PYTHONPATH")))
        ),
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), given.get("PATH", os.defpath))),
        "ANSIBLE_HOST_KEY_CHECKING": "True",
        "ANSIBLE_TIMEOUT": str(play.connect_timeout_s),
        "ANSIBLE_PIPELINING": "True",
        # Wheels and models are compressed already.
        "ANSIBLE_SSH_ARGS": " ".join(("-o ControlMaster=auto -o ControlPersist=60s", *alive)),
        "ANSIBLE_RETRY_FILES_ENABLED": "False",
        # What Raspberry Pi OS, Debian and JetPack have; looking for it takes a connection more.
        "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3",
    }


def watch(
    running: Running,
    take: Callable[[Sequence[dict[str, Any]]], None],
    stop: Stopping,
    every_s: float = 0.25,
) -> None:
    """Hand over events until the end; Ctrl-C asks for it too, the first time in good order.

    Args:
        running: What to watch.
        take: Gets the events.
        stop: What else asks for the end, and what did.
        every_s: Between two looks.
    """
    while True:
        alive = running.alive
        try:
            batch = []
            while not running.events.empty():
                batch.append(running.events.get())
            take(batch)
            if not alive:
                return
            running.wait(every_s)
        except KeyboardInterrupt:
            if stop.signal:
                raise
            stop.ask(signal.SIGINT)
        except OSError:
            if not stop.terminal_is_gone():
                raise
            stop.ask(signal.SIGHUP)
        if stop.signal:
            running.stop()

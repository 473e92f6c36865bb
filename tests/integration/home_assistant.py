"""Home Assistant's own code in an environment of its own, and a running core of it.

It needs another Python than the project may run on, so the tests talk to it through processes. The
environment is kept in the user's cache: it is large, and its version is pinned.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

_REQUIREMENTS = ("homeassistant==2025.4.4", "paho-mqtt==2.1.0")
_HERE = Path(__file__).parent


def home_assistant_python() -> Path:
    """The interpreter of the environment, made on first use; skips where Python 3.13 is absent."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "emotion-edge" / "tests" / _REQUIREMENTS[0].replace("==", "-")
    python = folder / "bin" / "python"
    if (folder / "complete").exists():
        return python
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([_python_3_13(), "-m", "venv", str(folder)], check=True)
    # Compiling all integrations takes longer than anything that the tests do with a few of them.
    install = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-compile", *_REQUIREMENTS]
    subprocess.run([str(python), *install], check=True)
    (folder / "complete").touch()
    return python


def _python_3_13() -> str:
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    candidates = [shutil.which("python3.13"), *map(str, pyenv.glob("versions/3.13.*/bin/python3.13"))]
    for candidate in filter(None, candidates):
        # A pyenv shim is on PATH even where its version is not installed.
        if subprocess.run([candidate, "-c", ""], capture_output=True, check=False).returncode == 0:
            return candidate
    pytest.skip("Home Assistant 2025.4 needs Python 3.13, which is not here")


class Reader:
    """Home Assistant's schemas and templates, without the rest of it."""

    def __init__(self, python: Path, log: Path) -> None:
        self._log = log
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                [str(python), str(_HERE / "home_assistant_reading.py")],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
            )  # fmt: skip

    def read(
        self, document: bytes, payloads: list[tuple[str, bytes, dict[str, str]]]
    ) -> list[dict[str, str]]:
        """What it reads in each payload; fails where it does not accept the document.

        Args:
            document: Of device discovery.
            payloads: Topic, payload, and the states that entities had before, by their key.
        """
        asked = {
            "document": json.loads(document),
            "payloads": [[topic, payload.decode(), before] for topic, payload, before in payloads],
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        log = self._log.read_text()
        assert answer, log[-3000:]
        # It warns of each template that reads what is not there.
        assert "Template variable" not in log, log[-3000:]
        found: list[dict[str, str]] = json.loads(answer)
        return found

    def stop(self) -> None:
        self._process.communicate(timeout=20)  # it ends with its stdin


class HomeAssistant:
    """A running core with the MQTT integration."""

    def __init__(self, python: Path, port: int, folder: Path) -> None:
        folder.mkdir()
        self._states, self._log = folder / "states.json", folder / "log.txt"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(python), str(_HERE / "home_assistant_core.py"), str(port), str(folder)],
                stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT, text=True,
            )  # fmt: skip

    @property
    def log(self) -> str:
        return self._log.read_text()

    @property
    def complaints(self) -> list[str]:
        """Errors, and its integrations' warnings: of what they were sent."""
        found = ("WARNING:homeassistant.components", "ERROR:")
        return [line for line in self.log.splitlines() if line.startswith(found)]

    @property
    def states(self) -> dict[str, str]:
        """Of all entities."""
        if not self._states.exists():
            return {}
        told: dict[str, str] = json.loads(self._states.read_text())
        return told

    def wait_for(self, holds: Callable[[dict[str, str]], bool], timeout_s: float = 120.0) -> dict[str, str]:
        """The states, once it holds of them; fails with what they are, and the log."""
        until_s = time.monotonic() + timeout_s
        while not holds(states := self.states):
            assert time.monotonic() < until_s, f"{states}\n{self.log[-3000:]}"
            time.sleep(0.1)
        return states

    def call(self, domain: str, service: str, **fields: Any) -> None:
        """Do what a click would."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([domain, service, fields]) + "\n")
        self._process.stdin.flush()

    def stop(self) -> None:
        self._process.kill()  # its own orderly end takes 10 s
        self._process.communicate()

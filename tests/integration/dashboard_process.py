"""The real dashboard as a process, and headless Chromium that looks at it.

Use the fixtures by importing them: ``from tests.integration.dashboard_process import chromium, dashboards``.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

from tests.integration.mosquitto import free_port

ROOT = Path(__file__).parent.parent.parent
#: What a browser in a container needs, and what keeps it from calling home.
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


class Dashboard:
    """The real ``emotion-edge dashboard``; :attr:`url` once it can be opened."""

    def __init__(self, folder: Path, broker_port: int, *options: str, **environment: str) -> None:
        self.store, self.url = folder / "dashboard.sqlite3", f"http://127.0.0.1:{free_port()}"
        self._log = folder / "dashboard.log"
        broker = ["--broker", "127.0.0.1", "--port", str(broker_port)]
        page = ["--listen", self.url.removeprefix("http://"), "--store", str(self.store)]
        self._command = [sys.executable, "-m", "edge", "dashboard", *broker, *page, *options]
        self._environment = {**os.environ, **environment}
        self.start()

    def start(self) -> None:
        """Also again, at the same address and with the same history."""
        with self._log.open("wb") as out:
            self.process = subprocess.Popen(
                self._command, cwd=ROOT, stdout=out, stderr=out, env=self._environment
            )

    @property
    def log(self) -> str:
        return self._log.read_text()

    def wait(self, timeout_s: float = 60.0) -> Dashboard:
        """Until it listens; the first answer may take a moment longer."""
        until_s = time.monotonic() + timeout_s
        while f"dashboard: {self.url}" not in self.log:
            assert self.process.poll() is None, self.log
            assert time.monotonic() < until_s, self.log
            time.sleep(0.1)
        return self

    def stop(self) -> int:
        """SIGTERM; exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def cpu_s(self) -> float:
        """Processor seconds so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self) -> int:
        """Memory in use."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    executable = shutil.which("chromium")
    if executable is None:
        pytest.skip("Chromium is not installed: apt install chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=_ARGUMENTS)
        yield browser
        browser.close()


def requests_of(page: Page) -> list[str]:
    """Addresses that a page asks for from now on, its data: addresses left out."""
    found: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith("data:"):
            found.append(request.url)

    page.on("request", note)
    page.on("websocket", lambda socket: found.append(socket.url))
    return found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def dashboards() -> Iterator[list[Dashboard]]:
    running: list[Dashboard] = []
    yield running
    for dashboard in running:
        if dashboard.process.poll() is None:
            dashboard.process.kill()
            dashboard.process.wait()

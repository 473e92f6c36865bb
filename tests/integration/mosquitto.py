"""A real Mosquitto on a free loopback port, and a real subscriber, for any integration test.

Use the fixture by importing it: ``from tests.integration.mosquitto import mosquitto``.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

HOST = "127.0.0.1"


class Heard(NamedTuple):
    """One message as mosquitto_sub told it."""

    topic: str
    retained: bool
    payload: str


class Subscriber:
    """A running ``mosquitto_sub`` and what it has told so far."""

    def __init__(self, port: int, topic_filter: str, file: Path, options: list[str]) -> None:
        self._file = file
        command = [
            "mosquitto_sub",
            "-h",
            HOST,
            "-p",
            str(port),
            "-q",
            "1",
            "-t",
            topic_filter,
            "-F",
            "%r %t %p",
        ]
        command += [*options, "-d"]  # its debug lines say when the subscription stands
        with file.open("wb") as out:
            self._process = subprocess.Popen(
                ["stdbuf", "-oL", *command], stdout=out, stderr=subprocess.STDOUT
            )
        _wait_for(lambda: b"Subscribed (mid" in file.read_bytes(), "mosquitto_sub did not subscribe")

    @property
    def heard(self) -> list[Heard]:
        """Everything so far, in order of arrival."""
        # What is behind the last line's end is being written just now.
        written, _, _ = self._file.read_text().rpartition("\n")
        lines = [line.split(" ", 2) for line in written.splitlines() if line[:2] in ("0 ", "1 ")]
        return [Heard(topic, retained == "1", payload) for retained, topic, payload in lines]

    def wait_for(self, count: int, topic_end: str, timeout_s: float = 15.0) -> list[Heard]:
        """Messages whose topic ends so, once there are so many (or a failure that tells what came)."""

        def found() -> list[Heard]:
            return [one for one in self.heard if one.topic.endswith(topic_end)]

        _wait_for(
            lambda: len(found()) >= count,
            lambda: f"{count} x {topic_end} expected, {self._told()}",
            timeout_s,
        )
        return found()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(5)

    def _told(self) -> str:
        counts = Counter(one.topic for one in self.heard)
        return f"heard {dict(counts)}, at last {self._file.read_text()[-500:]}"


class PropertyLines:
    """What ``mosquitto_sub -V 5 -F ...`` prints, one line a message."""

    def __init__(self, port: int, topic_filter: str, line: str, file: Path) -> None:
        self._file = file
        command = ["mosquitto_sub", "-V", "5", "-h", HOST, "-p", str(port), "-q", "1", "-t", topic_filter]
        with file.open("wb") as out:
            self.process = subprocess.Popen(
                ["stdbuf", "-oL", *command, "-F", f"> {line}", "-d"], stdout=out, stderr=subprocess.STDOUT
            )
        _wait_for(lambda: b"Subscribed (mid" in file.read_bytes(), "mosquitto_sub did not subscribe")

    @property
    def lines(self) -> list[str]:
        return [text[2:] for text in self._file.read_text().splitlines() if text.startswith("> ")]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(5)


class Mosquitto:
    """Starts and stops the broker; what it keeps survives a stop only after :meth:`keep_sessions`.

    Attributes:
        port: On 127.0.0.1, the same at every start.
    """

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder
        self.port = port or free_port()
        self._lines = ["allow_anonymous true"]
        self._persistence = ["persistence false"]
        self._listener = [f"listener {self.port} {HOST}"]
        self._options: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._subscribers: list[Subscriber | PropertyLines] = []

    def require_password(self, username: str, password: str) -> None:
        """Let in only this user; call before :meth:`start`."""
        file = self.folder / "passwords"
        subprocess.run(["mosquitto_passwd", "-b", "-c", str(file), username, password], check=True)
        file.chmod(0o644)
        self._lines = ["allow_anonymous false", f"password_file {file}"]
        self._options = ["-u", username, "-P", password]

    def allow(self, *rules: str) -> None:
        """Let anonymous clients do only this (lines of an ACL file); call before :meth:`start`."""
        file = self.folder / "acl"
        file.write_text("\n".join(rules) + "\n")
        file.chmod(0o644)
        self._lines = ["allow_anonymous true", f"acl_file {file}"]

    def publish(self, topic: str, payload: str, *options: str) -> None:
        """Send one message by mosquitto_pub."""
        to = ["-h", HOST, "-p", str(self.port), "-q", "1", "-t", topic, "-m", payload]
        subprocess.run(["mosquitto_pub", *to, *self._options, *options], check=True)

    def require_tls(self, ca: Path, cert: Path, key: Path, *, client_certificate: bool = False) -> None:
        """Speak TLS only; call before :meth:`start`."""
        self._listener += [f"cafile {ca}", f"certfile {cert}", f"keyfile {key}"]
        self._listener += ["require_certificate true"] if client_certificate else []

    def keep_sessions(self) -> None:
        """Remember over a stop what the subscribers have not heard yet; call before :meth:`start`."""
        self._persistence = [
            "persistence true",
            f"persistence_location {self.folder}/",
            "max_queued_messages 0",
        ]
        self._options += ["-c", "-i", "subscriber"]

    def start(self) -> None:
        configuration = self.folder / "mosquitto.conf"
        configuration.write_text(
            "\n".join([*self._listener, *self._lines, *self._persistence, "user root"]) + "\n"
        )
        with (self.folder / "mosquitto.log").open("ab") as log:
            self._process = subprocess.Popen(
                [_executable() or "mosquitto", "-c", str(configuration)], stdout=log, stderr=subprocess.STDOUT
            )
        _wait_for(self._listens, lambda: f"mosquitto did not start: {self.log}")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def subscribe(self, topic_filter: str = "emotion/v1/#") -> Subscriber:
        """A subscriber that runs until the end of the test."""
        file = self.folder / f"heard-{len(self._subscribers)}.txt"
        subscriber = Subscriber(self.port, topic_filter, file, self._options)
        self._subscribers.append(subscriber)
        return subscriber

    def subscribe_with_properties(self, topic_filter: str, line: str) -> PropertyLines:
        """The same, on MQTT 5, printing properties in mosquitto_sub's notation."""
        file = self.folder / f"heard-{len(self._subscribers)}.txt"
        subscriber = PropertyLines(self.port, topic_filter, line, file)
        self._subscribers.append(subscriber)
        return subscriber

    def close(self) -> None:
        for subscriber in self._subscribers:
            subscriber.stop()
        self.stop()

    @property
    def log(self) -> str:
        return (self.folder / "mosquitto.log").read_text()

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((HOST, self.port)) == 0


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """Not yet started: configure it, then :meth:`Mosquitto.start`."""
    if _executable() is None or shutil.which("mosquitto_sub") is None:
        pytest.skip("Mosquitto is not installed: apt install mosquitto mosquitto-clients")
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    broker = Mosquitto(folder)
    yield broker
    broker.close()


def free_port() -> int:
    """A loopback port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _executable() -> str | None:
    # Debian puts it where an ordinary user's PATH does not look.
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def _wait_for(holds: Callable[[], bool], otherwise: Callable[[], str] | str, timeout_s: float = 10.0) -> None:
    end_s = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > end_s:
            pytest.fail(otherwise() if callable(otherwise) else otherwise)
        time.sleep(0.02)

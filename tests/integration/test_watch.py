"""The terminal view against a real broker: its protocol versions, its absence, and a real terminal."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import struct
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path
from typing import Literal

import pytest
from rich.console import Console

from edge.mqtt.payload import Message, state_message, window_message
from edge.mqtt.settings import MqttSettings
from edge.mqtt.ulid import new_ulid
from edge.watch.terminal import watch
from tests.edge.mqtt.event_builder import IDENTITY, MODEL, NOON_S, an_event
from tests.integration.daemon_process import ROOT
from tests.integration.mosquitto import HOST, Mosquitto, mosquitto

__all__ = ["mosquitto"]  # the fixture
pytestmark = [pytest.mark.integration, pytest.mark.broker]


def a_window(number: int) -> Message:
    event = an_event(start_utc_s=NOON_S + 10 * number)
    return window_message(event, IDENTITY, MODEL, id=new_ulid(), seq=number)


def send(broker: Mosquitto, message: Message, *options: str) -> None:
    broker.publish(message.topic, message.payload.decode(), *options)


class Watching(threading.Thread):
    """``watch`` in a thread, its lines as they come."""

    def __init__(self, settings: MqttSettings) -> None:
        super().__init__(daemon=True)
        self.out, self.over = io.StringIO(), threading.Event()
        self._settings = settings

    def run(self) -> None:
        watch(self._settings, 60.0, Console(file=self.out, width=300), ends=self.over.is_set)

    def wait_for(self, words: str) -> None:
        until_s = time.monotonic() + 20
        while words not in self.out.getvalue():
            assert time.monotonic() < until_s, self.out.getvalue()
            time.sleep(0.02)


@pytest.mark.parametrize(("version", "spoken"), [("auto", "p5"), ("3.1.1", "p2")])
def test_it_speaks_5_or_what_is_fixed_and_returns_after_the_broker(
    mosquitto: Mosquitto, version: Literal["auto", "3.1.1"], spoken: str
) -> None:
    mosquitto.start()
    watching = Watching(MqttSettings(host=HOST, port=mosquitto.port, version=version))
    watching.start()
    until_s = time.monotonic() + 10
    while "emotion-watch" not in mosquitto.log:
        assert time.monotonic() < until_s
        time.sleep(0.02)
    time.sleep(0.3)  # connected; the subscription follows at once
    send(mosquitto, a_window(0))
    watching.wait_for("12:00:10.000Z  lab/pi-1/door  3 faces")
    line = next(
        line for line in mosquitto.log.splitlines() if "emotion-watch" in line and "connected" in line
    )
    assert spoken in line
    mosquitto.stop()
    watching.wait_for("trying again")
    mosquitto.start()
    until_s = time.monotonic() + 20
    while "12:00:20" not in watching.out.getvalue():
        assert time.monotonic() < until_s, watching.out.getvalue()
        send(mosquitto, a_window(1))
        time.sleep(0.2)
    watching.over.set()
    watching.join(10)


def resize(terminal: int, columns: int, lines: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))


def test_on_a_plain_terminal_that_is_made_smaller_it_goes_on(mosquitto: Mosquitto, tmp_path: Path) -> None:
    mosquitto.start()
    send(mosquitto, state_message("door", "streaming", IDENTITY, since_utc_s=NOON_S), "-r")
    ours, theirs = pty.openpty()
    resize(ours, 100, 30)
    command = [sys.executable, "-m", "edge", "watch", "--host", HOST, "--port", str(mosquitto.port)]
    process = subprocess.Popen(
        [*command, "--ascii", "--seconds", "5"],
        cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs,
        env={**os.environ, "TERM": "vt100", "NO_COLOR": "1"},
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    number = 0
    try:
        while True:
            seen += os.read(ours, 65_536)
            if b"streaming" in seen and number < 6:
                send(mosquitto, a_window(number))
                number += 1
                resize(ours, 100 - 10 * number, 30 - 3 * number)
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    assert process.wait(20) == 0
    assert b"Traceback" not in seen
    assert seen.isascii()
    assert b"lab/pi-1/door" in seen
    assert b"HHH" in seen
    assert number == 6

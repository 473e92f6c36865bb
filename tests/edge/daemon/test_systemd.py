from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from edge.daemon.systemd import Systemd


@pytest.fixture
def notifications(tmp_path: Path) -> socket.socket:
    receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    receiver.bind(str(tmp_path / "notify"))
    receiver.settimeout(1)
    return receiver


def test_systemd_is_told_of_the_daemons_life(notifications: socket.socket) -> None:
    with notifications:
        told = Systemd({"NOTIFY_SOCKET": notifications.getsockname()})
        told.ready("2 cameras")
        told.alive()
        told.stopping()
        told.reloading()
        heard = [notifications.recv(200).decode() for _ in range(4)]
    assert heard[:3] == ["READY=1\nSTATUS=2 cameras", "WATCHDOG=1", "STOPPING=1"]
    assert heard[3].startswith("RELOADING=1\nMONOTONIC_USEC=")


def test_the_watchdog_is_pinged_twice_as_often_as_it_asks() -> None:
    assert Systemd({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": str(os.getpid())}).ping_every_s == 10


@pytest.mark.parametrize(
    "environment", [{}, {"WATCHDOG_USEC": "x"}, {"WATCHDOG_USEC": "5", "WATCHDOG_PID": "1"}]
)
def test_without_a_watchdog_for_this_process_there_is_no_ping(environment: dict[str, str]) -> None:
    assert Systemd(environment).ping_every_s == 0


def test_elsewhere_than_under_systemd_nothing_happens() -> None:
    Systemd({}).ready("fine")
    Systemd({"NOTIFY_SOCKET": "/nowhere/at/all"}).alive()

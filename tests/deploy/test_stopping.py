"""Signals and closed terminals end a run in good order."""

from __future__ import annotations

import os
import pty
import signal
from types import SimpleNamespace
from typing import Any

import pytest

from deploy.ansible_run import watch
from deploy.stopping import Stopping, orderly


def test_the_first_signal_asks_for_the_end_and_handlers_are_put_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)]
    with orderly() as stop:
        assert stop.signal == 0
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.signal == signal.SIGHUP
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)] == before


def test_what_nohup_ignores_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with orderly() as stop:
            os.kill(os.getpid(), signal.SIGHUP)
            assert stop.signal == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_what_is_said_after_the_terminal_was_closed_is_no_error() -> None:
    master, terminal = pty.openpty()
    stop = Stopping([terminal])
    assert not stop.terminal_is_gone()
    os.close(master)
    with pytest.raises(OSError, match=r"\[Errno 5\]"):
        os.write(terminal, b"lost")
    assert stop.terminal_is_gone()
    assert os.write(terminal, b"nobody reads it") > 0
    os.close(terminal)


class _Played:
    """A run that ends when it is told to."""

    def __init__(self) -> None:
        self.alive, self.stopped = True, 0
        self.events = SimpleNamespace(empty=lambda: True)

    def wait(self, _timeout_s: float) -> None:
        self.alive = not self.stopped

    def stop(self) -> None:
        self.stopped += 1


def test_a_signal_stops_the_run_and_it_is_watched_to_its_end() -> None:
    running: Any = _Played()
    stop = Stopping([])
    looks = iter([None, lambda: stop.ask(signal.SIGTERM), None, None, None])

    def take(_events: object) -> None:
        if asks := next(looks):
            asks()

    watch(running, take, stop, 0.0)
    assert running.stopped
    assert not running.alive
    assert stop.signal == signal.SIGTERM


def test_a_console_that_is_closed_before_its_signal_comes_stops_the_run_too() -> None:
    master, terminal = pty.openpty()
    running: Any = _Played()
    stop = Stopping([terminal])
    os.close(master)

    def take(_events: object) -> None:
        os.write(terminal, b"a line")

    watch(running, take, stop, 0.0)
    assert stop.signal == signal.SIGHUP
    os.close(terminal)


def test_a_second_ctrl_c_ends_it_at_once() -> None:
    running: Any = _Played()
    stop = Stopping([])

    def take(_events: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watch(running, take, stop, 0.0)
    assert running.stopped == 1

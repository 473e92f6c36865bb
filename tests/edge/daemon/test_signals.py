from __future__ import annotations

import os
import select
import signal

from edge.daemon.signals import caught


def test_a_signal_is_something_to_wait_for_and_a_reload_is_asked_for_once() -> None:
    before = signal.getsignal(signal.SIGHUP)
    with caught() as signals:
        assert select.select([signals.fileno()], [], [], 0)[0] == []
        os.kill(os.getpid(), signal.SIGHUP)
        assert select.select([signals.fileno()], [], [], 1)[0] == [signals.fileno()]
        signals.read()
        assert (signals.take_reload(), signals.take_reload(), signals.stop) == (True, False, False)
        os.kill(os.getpid(), signal.SIGTERM)
        signals.read()
        signals.read()
        assert signals.stop
    assert signal.getsignal(signal.SIGHUP) == before

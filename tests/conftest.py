"""What holds for every test."""

from __future__ import annotations

import signal

from hypothesis import settings

# A busy machine is slow; that is no fault of the code under test.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# A shell starts background jobs with Ctrl-C ignored, and their children inherit that: also the commands
# under test, some of which must end on it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Under nohup SIGHUP is ignored, and would be by the commands under test. A handler of ours is not inherited,
# and keeps the tests going as well.
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)

from __future__ import annotations

import logging

import pytest

from edge.outage import Outage


def test_a_failure_is_said_once_its_repeats_counted_and_the_recovery_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    outage = Outage(logging.getLogger("test"))
    outage.recovered("fine")
    for message in ("no route", "no route", "no route", "refused"):
        outage.failed(message)
    assert outage.message == "refused"
    outage.recovered("back")
    assert outage.message is None
    assert [(r.levelname, r.message) for r in caplog.records] == [
        ("WARNING", "no route"),
        ("DEBUG", "no route repeats=1"),
        ("DEBUG", "no route repeats=2"),
        ("WARNING", "refused"),
        ("INFO", "back repeats=0"),
    ]

"""Transfers over a connection that breaks, to the real agent."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from deploy.device import ConnectionLostError, DeviceError, Ran
from deploy.release.store import Release
from deploy.steps.transfer import RECONNECT_EVERY_S, transfer
from tests.deploy.local_device import Bench, LocalDevice
from tests.deploy.whole_push import look

#: Real processes: agents.
pytestmark = pytest.mark.integration


@dataclass
class _Breaking(LocalDevice):
    """Its connection breaks in a part, after ``arrives_bytes`` of it.

    Attributes:
        breaks: So many parts more.
        retries: Whether ssh sends the part again by itself, as Ansible may have it do.
        away: So many commands fail after a break.
    """

    breaks: int = 1
    retries: bool = False
    away: int = 0
    arrives_bytes: int = 3_000_000

    def run(self, command: Sequence[str], stdin: bytes = b"") -> Ran:
        if "receive" not in command or not self.breaks:
            return super().run(command, stdin)
        self.breaks -= 1
        super().run(command, stdin[: self.arrives_bytes])
        if self.retries:
            return super().run(command, stdin)
        self.losses = self.away
        raise ConnectionLostError("offline: broken pipe")


@dataclass
class _Time:
    now: float = 0.0

    def clock(self) -> float:
        return self.now

    def sleep(self, for_s: float) -> None:
        self.now += for_s


def _sent(bench: Bench, device: _Breaking) -> tuple[int, Release]:
    release = bench.workshop.release(files={"bundles/big/model.tflite": os.urandom(20_000_000)})
    missing = look(bench, release)["missing"]
    bench.device, time = device, _Time()
    order = bench.order(release)
    sent = transfer(bench.agent(), order, missing, bench.tell, clock=time.clock, sleep=time.sleep)[
        "sent_bytes"
    ]
    assert sent == sum(blob["bytes"] for blob in missing)
    return sent, release


def test_a_transfer_goes_on_after_a_break_without_what_has_arrived(bench: Bench) -> None:
    device = _Breaking(bench.folder, breaks=2, away=3)
    sent, release = _sent(bench, device)
    assert look(bench, release)["missing"] == []
    told = [fields for phase, fields in bench.told if phase == "transfer"]
    assert [fields["reason"] for fields in told if fields.get("reason")] == [
        "connection lost; connecting again"
    ] * 8
    assert (told[-1]["done"], told[-1]["reason"]) == (sent, "")


def test_a_part_that_ssh_sends_twice_is_gone_on_with_where_the_device_has_it(bench: Bench) -> None:
    _, release = _sent(bench, _Breaking(bench.folder, retries=True))
    assert look(bench, release)["missing"] == []


def test_a_device_that_stays_away_is_given_up_after_as_long_as_is_allowed(bench: Bench) -> None:
    with pytest.raises(ConnectionLostError):
        _sent(bench, _Breaking(bench.folder, away=1000))
    assert len([1 for _, fields in bench.told if fields.get("reason")]) == 60 / RECONNECT_EVERY_S + 1


def test_a_connection_over_which_nothing_more_arrives_is_given_up_too(bench: Bench) -> None:
    with pytest.raises(ConnectionLostError):
        _sent(bench, _Breaking(bench.folder, breaks=1000, arrives_bytes=0))


def test_what_the_device_refuses_is_not_tried_again(bench: Bench) -> None:
    class _Full(_Breaking):
        def run(self, command: Sequence[str], stdin: bytes = b"") -> Ran:
            if "receive" in command:
                return Ran(1, '{"error": {"code": "disk-full", "what": "no space is left"}}', "")
            return super().run(command, stdin)

    with pytest.raises(DeviceError, match="no space is left"):
        _sent(bench, _Full(bench.folder))
